#include "ingest/registers/rows.h"

namespace tthc {
namespace {

// One row of one register, by field name.
class RowView {
 public:
  RowView(RegisterId id, const RegisterRow& row) : schema_(SchemaOf(id)), row_(row) {}

  std::string Text(std::string_view name) const {
    const std::string* const text = TextOf(schema_, row_, name);
    return text == nullptr ? std::string() : *text;
  }
  bool Is(std::string_view name, std::string_view choice) const { return Text(name) == choice; }
  std::optional<int64_t> Count(std::string_view name) const { return CountOf(schema_, row_, name); }
  std::optional<bool> Bool(std::string_view name) const { return BoolOf(schema_, row_, name); }
  std::optional<tthc::Day> Day(std::string_view name) const {
    return DayValueOf(schema_, row_, name);
  }
  std::optional<Instant> At(std::string_view name) const { return InstantOf(schema_, row_, name); }
  std::optional<tthc::Period> Period(std::string_view name) const {
    return PeriodValueOf(schema_, row_, name);
  }
  std::vector<std::string> List(std::string_view name) const {
    const auto* const list = ListOf(schema_, row_, name);
    return list == nullptr ? std::vector<std::string>() : *list;
  }

 private:
  const RegisterSchema& schema_;
  const RegisterRow& row_;
};

constexpr LimitUnit kLimitUnits[] = {LimitUnit::kWorkingHour, LimitUnit::kWorkingDay,
                                     LimitUnit::kDay, LimitUnit::kMonth};

std::optional<TimeLimit> LimitFrom(const RowView& row) {
  const auto amount = row.Count("limit_amount");
  const std::string name = row.Text("limit_unit");
  for (const LimitUnit unit : kLimitUnits) {
    if (amount && NameOf(unit) == name) return TimeLimit{static_cast<int>(*amount), unit};
  }
  return std::nullopt;
}

std::optional<OnlineService> OnlineFrom(const RowView& row) {
  if (row.Is("online", "none")) return OnlineService::kNone;
  if (row.Is("online", "partial")) return OnlineService::kPartial;
  if (row.Is("online", "full")) return OnlineService::kFull;
  return std::nullopt;
}

}  // namespace

Procedure ProcedureFrom(const RegisterRow& from) {
  const RowView row(RegisterId::kProcedures, from);
  Procedure procedure;
  procedure.code = row.Text("code");
  procedure.name = row.Text("name");
  procedure.field = row.Text("field");
  procedure.field_name = row.Text("field_name");
  procedure.level = row.Text("level");
  procedure.units = row.List("units");
  procedure.limit = LimitFrom(row);
  procedure.returns_document = row.Bool("returns_document").value_or(procedure.returns_document);
  procedure.has_fee = row.Bool("fee").value_or(procedure.has_fee);
  procedure.citizens = row.Bool("citizens");
  procedure.online = OnlineFrom(row);
  procedure.service_open = !row.Is("service_state", "closed");
  procedure.eligible_full = row.Bool("eligible_full");
  procedure.complete = row.Bool("complete");
  procedure.is_public = row.Bool("public").value_or(procedure.is_public);
  return procedure;
}

Publication PublicationFrom(const RegisterRow& from) {
  const RowView row(RegisterId::kPublications, from);
  Publication publication;
  publication.decision = row.Text("decision");
  publication.procedure = row.Text("procedure");
  publication.unit = row.Text("unit");
  publication.ministry = row.Is("level", "ministry");
  publication.kind = row.Text("kind");
  publication.decided_on = row.Day("decided_on").value_or(Day{});
  publication.effective_on = row.Day("effective_on");
  publication.published_at = row.At("published_at");
  return publication;
}

Petition PetitionFrom(const RegisterRow& from) {
  const RowView row(RegisterId::kPetitions, from);
  Petition petition;
  petition.id = row.Text("id");
  petition.unit = row.Text("unit");
  petition.sent_at = row.At("sent_at").value_or(Instant{});
  petition.first_received_at = row.At("first_received_at");
  petition.handed_over_at = row.At("handed_over_at");
  petition.refused_at = row.At("refused_at");
  petition.supplement_asked_at = row.At("supplement_asked_at");
  petition.answered_at = row.At("answered_at");
  petition.published_at = row.At("published_at");
  petition.likes = row.Count("likes").value_or(0);
  petition.dislikes = row.Count("dislikes").value_or(0);
  petition.complained_again = row.Bool("complained_again").value_or(false);
  petition.case_id = row.Text("case_id");
  petition.about = row.Text("about");
  return petition;
}

Rating RatingFrom(const RegisterRow& from) {
  const RowView row(RegisterId::kRatings, from);
  Rating rating;
  rating.case_id = row.Text("case_id");
  rating.rated_at = row.At("rated_at").value_or(Instant{});
  rating.dislike = row.Is("rating", "dislike");
  return rating;
}

Payment PaymentFrom(const RegisterRow& from) {
  const RowView row(RegisterId::kPayments, from);
  Payment payment;
  payment.case_id = row.Text("case_id");
  payment.unit = row.Text("unit");
  payment.procedure = row.Text("procedure");
  payment.paid_at = row.At("paid_at").value_or(Instant{});
  payment.amount_dong = row.Count("amount_dong").value_or(0);
  payment.online = row.Is("gateway", "national") || row.Is("gateway", "local");
  payment.kind = row.Is("kind", "land_duty") ? PaymentKind::kLandDuty
                 : row.Is("kind", "other")   ? PaymentKind::kOther
                                             : PaymentKind::kFee;
  payment.succeeded = row.Bool("succeeded").value_or(payment.succeeded);
  return payment;
}

EformCopy EformCopyFrom(const RegisterRow& from) {
  const RowView row(RegisterId::kEformCopies, from);
  return {row.Text("unit"), row.Bool("offered").value_or(false), row.Day("since"),
          row.Day("until")};
}

SyncCount SyncCountFrom(const RegisterRow& from) {
  const RowView row(RegisterId::kSyncCounts, from);
  SyncCount count;
  count.unit = row.Text("unit");
  count.period = row.Period("period").value_or(Period{});
  count.indicator = row.Text("indicator");
  count.bcqg = row.Count("bcqg");
  count.portal = row.Count("portal");
  count.synchronised = row.Count("synchronised");
  count.numerator = row.Count("numerator");
  count.denominator = row.Count("denominator");
  return count;
}

Target TargetFrom(const RegisterRow& from) {
  const RowView row(RegisterId::kTargets, from);
  Target target;
  target.unit = row.Text("unit");
  target.year = static_cast<int>(row.Count("year").value_or(0));
  target.target = row.Text("target");
  target.hundredths = row.Count("percent_hundredths").value_or(0);
  target.excluded = row.List("excluded");
  target.reason = row.Text("reason");
  return target;
}

}  // namespace tthc
