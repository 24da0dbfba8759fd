#include "ingest/registers/schema.h"

#include <algorithm>
#include <cstdlib>

#include "ingest/wire/text.h"

namespace tthc {
namespace {

constexpr int64_t kIdBytes = 100;
constexpr int64_t kCodeBytes = 100;         // MaTTHC, MaLinhVuc: as on the wire
constexpr int64_t kNameBytes = 4'000;
constexpr int64_t kReasonBytes = 500;
constexpr int64_t kMostLimit = 3'660;       // as of the shipped catalogue
constexpr int64_t kMostCount = 1'000'000'000;
constexpr int64_t kMostDong = 10'000'000'000'000;
constexpr int64_t kWholeInHundredths = 10'000;
constexpr int64_t kLastYear = 2'100;

// A field as the tables below tell it: what is not told is empty.
struct Told {
  std::string_view name;
  ValueKind kind = ValueKind::kText;
  bool required = false;
  bool in_key = false;
  bool must_exist = false;
  int64_t max = 0;
  std::string_view choices = {};
  std::string_view label;
  std::string_view help;
};
constexpr RegisterField Field(const Told& told) {
  return {told.name, told.kind,    told.required, told.in_key, told.must_exist,
          told.max,  told.choices, told.label,    told.help};
}

// Stored: fields are appended only (book.cc counts them).
constexpr RegisterField kProcedures[] = {
    Field({.name = "code", .kind = ValueKind::kProcedure, .required = true, .in_key = true,
           .max = kCodeBytes, .label = "Mã TTHC",
           .help = "Code of the procedure; the suffix of the owner is dropped."}),
    Field({.name = "name", .kind = ValueKind::kText, .required = true, .max = kNameBytes,
           .label = "Tên TTHC", .help = "Name of the procedure."}),
    Field({.name = "field", .kind = ValueKind::kText, .max = kCodeBytes, .label = "Mã lĩnh vực",
           .help = "Code of the sector."}),
    Field({.name = "field_name", .kind = ValueKind::kText, .max = kNameBytes,
           .label = "Tên lĩnh vực",
           .help = "Name of the sector."}),
    Field({.name = "level", .kind = ValueKind::kChoice, .required = true,
           .choices = "province district commune", .label = "Cấp thực hiện",
           .help = "Level that handles it, where `units` names nobody."}),
    Field({.name = "units", .kind = ValueKind::kUnits, .label = "Cơ quan có thẩm quyền giải quyết",
           .help = "Units within whose competence it is; absent: all of `level`."}),
    Field({.name = "limit_amount", .kind = ValueKind::kCount, .max = kMostLimit,
           .label = "Thời hạn giải quyết", .help = "Statutory time limit, in `limit_unit`."}),
    Field({.name = "limit_unit", .kind = ValueKind::kChoice,
           .choices = "working_hour working_day day month", .label = "Đơn vị tính thời hạn",
           .help = "Unit of `limit_amount`."}),
    Field({.name = "returns_document", .kind = ValueKind::kBool, .label = "Có kết quả là giấy tờ",
           .help = "Hands out a document; absent: yes."}),
    Field({.name = "fee", .kind = ValueKind::kBool, .label = "Có phí, lệ phí",
           .help = "Has a fee; absent: no."}),
    Field({.name = "citizens", .kind = ValueKind::kBool, .label = "Đối tượng thực hiện có cá nhân",
           .help = "Asked for by citizens, Vietnamese abroad or foreigners."}),
    Field({.name = "online", .kind = ValueKind::kChoice, .choices = "none partial full",
           .label = "Mức độ cung cấp dịch vụ công trực tuyến",
           .help = "Offered online: not, partly (một phần), fully (toàn trình)."}),
    Field({.name = "service_state", .kind = ValueKind::kChoice,
           .choices = "public pending_stop testing closed",
           .label = "Trạng thái dịch vụ công trực tuyến",
           .help = "State of the online service; absent: public."}),
    Field({.name = "eligible_full", .kind = ValueKind::kBool,
           .label = "Đủ điều kiện cung cấp trực tuyến toàn trình",
           .help = "May be offered fully online."}),
    Field({.name = "complete", .kind = ValueKind::kBool,
           .label = "Công khai đầy đủ các bộ phận tạo thành TTHC",
           .help = "Published with all parts of Điều 8 khoản 2 NĐ 63/2010/NĐ-CP."}),
    Field({.name = "public", .kind = ValueKind::kBool,
           .label = "Đã công khai trên Cơ sở dữ liệu quốc gia về TTHC",
           .help = "Public on the national database; absent: yes."}),
};

constexpr RegisterField kPublications[] = {
    Field({.name = "decision", .kind = ValueKind::kText, .required = true, .in_key = true,
           .max = kIdBytes, .label = "Số quyết định công bố",
           .help = "Number of the publishing decision (QĐCB)."}),
    Field({.name = "procedure", .kind = ValueKind::kProcedure, .required = true, .in_key = true,
           .must_exist = true, .max = kCodeBytes, .label = "Mã TTHC",
           .help = "Procedure that it publishes; one row each."}),
    Field({.name = "unit", .kind = ValueKind::kUnit, .required = true, .label = "Cơ quan công bố",
           .help = "Who published."}),
    Field({.name = "level", .kind = ValueKind::kChoice, .required = true,
           .choices = "ministry province", .label = "Cấp công bố",
           .help = "Of a ministry or a province: their limits differ."}),
    Field({.name = "kind", .kind = ValueKind::kChoice, .required = true,
           .choices = "new amended abolished", .label = "Loại công bố",
           .help = "The procedure is new, amended or abolished."}),
    Field({.name = "decided_on", .kind = ValueKind::kDay, .required = true,
           .label = "Ngày ban hành quyết định công bố", .help = "Date of the decision."}),
    Field({.name = "effective_on", .kind = ValueKind::kDay,
           .label = "Ngày văn bản quy phạm pháp luật có hiệu lực",
           .help = "Newest effective date of the legal basis."}),
    Field({.name = "published_at", .kind = ValueKind::kInstant,
           .label = "Thời điểm công khai trên Cơ sở dữ liệu quốc gia về TTHC",
           .help = "The click \"Công khai\"."}),
    Field({.name = "state", .kind = ValueKind::kChoice,
           .choices = "public public_amended abolished waiting", .label = "Trạng thái công khai",
           .help = "State on the national database."}),
};

constexpr RegisterField kPetitions[] = {
    Field({.name = "id", .kind = ValueKind::kText, .required = true, .in_key = true,
           .max = kIdBytes,
           .label = "Mã phản ánh, kiến nghị", .help = "Number of the petition."}),
    Field({.name = "unit", .kind = ValueKind::kUnit, .required = true, .label = "Cơ quan xử lý",
           .help = "Unit within whose competence it is."}),
    Field({.name = "sent_at", .kind = ValueKind::kInstant, .required = true,
           .label = "Thời điểm gửi",
           .help = "When it was sent."}),
    Field({.name = "first_received_at", .kind = ValueKind::kInstant,
           .label = "Thời điểm chờ tiếp nhận lần đầu",
           .help = "First \"waiting for receipt\" at this unit."}),
    Field({.name = "handed_over_at", .kind = ValueKind::kInstant, .label = "Thời điểm chuyển đến",
           .help = "Last hand-over by VPCP or another agency."}),
    Field({.name = "refused_at", .kind = ValueKind::kInstant, .label = "Thời điểm từ chối",
           .help = "When it was refused."}),
    Field({.name = "supplement_asked_at", .kind = ValueKind::kInstant,
           .label = "Thời điểm yêu cầu bổ sung", .help = "When a supplement was asked for."}),
    Field({.name = "answered_at", .kind = ValueKind::kInstant, .label = "Thời điểm trả lời",
           .help = "When the answer was ready, published or not."}),
    Field({.name = "published_at", .kind = ValueKind::kInstant,
           .label = "Thời điểm công khai kết quả trả lời",
           .help = "When the answer was made public."}),
    Field({.name = "likes", .kind = ValueKind::kCount, .max = kMostCount,
           .label = "Số lượt hài lòng",
           .help = "Ratings of the answer: likes."}),
    Field({.name = "dislikes", .kind = ValueKind::kCount, .max = kMostCount,
           .label = "Số lượt không hài lòng", .help = "Ratings of the answer: dislikes."}),
    Field({.name = "complained_again", .kind = ValueKind::kBool,
           .label = "Tiếp tục phản ánh về kết quả xử lý",
           .help = "Sent again about the result of handling."}),
    Field({.name = "case_id", .kind = ValueKind::kCaseId, .max = kCaseIdBytes, .label = "Mã hồ sơ",
           .help = "Case that it is about (MaHoSo): letters, digits and . - _ / only."}),
    Field({.name = "about", .kind = ValueKind::kChoice, .choices = "rules staff other",
           .label = "Nội dung phản ánh, kiến nghị",
           .help = "About rules and procedures, about officials, or other."}),
};

constexpr RegisterField kRatings[] = {
    Field({.name = "id", .kind = ValueKind::kText, .required = true, .in_key = true,
           .max = kIdBytes,
           .label = "Mã đánh giá", .help = "Number of the rating."}),
    Field({.name = "case_id", .kind = ValueKind::kCaseId, .required = true, .max = kCaseIdBytes,
           .label = "Mã hồ sơ", .help = "Rated case (MaHoSo)."}),
    Field({.name = "rated_at", .kind = ValueKind::kInstant, .required = true,
           .label = "Thời điểm đánh giá",
           .help = "When it was rated; the latest of a case counts."}),
    Field({.name = "rating", .kind = ValueKind::kChoice, .required = true,
           .choices = "like neutral dislike", .label = "Mức độ hài lòng", .help = "The rating."}),
};

constexpr RegisterField kPayments[] = {
    Field({.name = "id", .kind = ValueKind::kText, .required = true, .in_key = true,
           .max = kIdBytes,
           .label = "Mã giao dịch", .help = "Number of the transaction."}),
    Field({.name = "case_id", .kind = ValueKind::kCaseId, .max = kCaseIdBytes, .label = "Mã hồ sơ",
           .help = "Case that was paid for (MaHoSo)."}),
    Field({.name = "unit", .kind = ValueKind::kUnit, .label = "Đơn vị thụ hưởng",
           .help = "Unit that was paid."}),
    Field({.name = "procedure", .kind = ValueKind::kProcedure, .max = kCodeBytes,
           .label = "Mã TTHC",
           .help = "Procedure that was paid for."}),
    Field({.name = "paid_at", .kind = ValueKind::kInstant, .required = true,
           .label = "Thời điểm thanh toán", .help = "When it was paid."}),
    Field({.name = "amount_dong", .kind = ValueKind::kCount, .max = kMostDong,
           .label = "Số tiền (đồng)", .help = "Amount in đồng; a payment that succeeded has one."}),
    Field({.name = "gateway", .kind = ValueKind::kChoice, .required = true,
           .choices = "national local counter", .label = "Hình thức thanh toán",
           .help = "Over the national portal, the province's gateway, or at the counter."}),
    Field({.name = "kind", .kind = ValueKind::kChoice, .choices = "fee land_duty other",
           .label = "Loại khoản thu", .help = "A fee, a duty on land, or other; absent: a fee."}),
    Field({.name = "succeeded", .kind = ValueKind::kBool, .label = "Giao dịch thành công",
           .help = "Absent: yes."}),
};

constexpr RegisterField kEformCopies[] = {
    Field({.name = "unit", .kind = ValueKind::kUnit, .required = true, .in_key = true,
           .label = "Đơn vị", .help = "Commune that may offer electronic certified copies."}),
    Field({.name = "offered", .kind = ValueKind::kBool, .required = true,
           .label = "Có cung cấp dịch vụ", .help = "Whether it offers them."}),
    Field({.name = "since", .kind = ValueKind::kDay, .label = "Từ ngày", .help = "First day."}),
    Field({.name = "until", .kind = ValueKind::kDay, .label = "Đến ngày",
           .help = "Last day; may lie ahead."}),
};

constexpr RegisterField kSyncCounts[] = {
    Field({.name = "unit", .kind = ValueKind::kUnit, .required = true, .in_key = true,
           .label = "Đơn vị", .help = "Unit that is counted."}),
    Field({.name = "period", .kind = ValueKind::kPeriod, .required = true, .in_key = true,
           .label = "Kỳ báo cáo", .help = "Month, quarter, half-year or year."}),
    Field({.name = "indicator", .kind = ValueKind::kText, .in_key = true, .max = kIdBytes,
           .label = "Mã chỉ số",
           .help = "Indicator whose published counts the row has; absent: counts of cases."}),
    Field({.name = "bcqg", .kind = ValueKind::kCount, .max = kMostCount,
           .label = "Số hồ sơ theo Hệ thống thông tin báo cáo quốc gia",
           .help = "Cases received, as reported to BCQG."}),
    Field({.name = "portal", .kind = ValueKind::kCount, .max = kMostCount,
           .label = "Số hồ sơ trên Cổng Dịch vụ công quốc gia",
           .help = "Cases received, as the national portal has them."}),
    Field({.name = "synchronised", .kind = ValueKind::kCount, .max = kMostCount,
           .label = "Số hồ sơ đã đồng bộ",
           .help = "Cases that the portal counts as synchronised; kept for information, nothing is "
                   "counted by it."}),
    Field({.name = "numerator", .kind = ValueKind::kCount, .max = kMostCount,
           .label = "Tử số do Cổng công bố", .help = "Numerator that the portal published."}),
    Field({.name = "denominator", .kind = ValueKind::kCount, .max = kMostCount,
           .label = "Mẫu số do Cổng công bố", .help = "Denominator that the portal published."}),
};

constexpr RegisterField kTargets[] = {
    Field({.name = "unit", .kind = ValueKind::kUnit, .required = true, .in_key = true,
           .label = "Đơn vị", .help = "Unit that the target was given."}),
    Field({.name = "year", .kind = ValueKind::kCount, .required = true, .in_key = true,
           .max = kLastYear, .label = "Năm", .help = "Year of the target; at most the next."}),
    Field({.name = "target", .kind = ValueKind::kChoice, .required = true, .in_key = true,
           .choices = "on_time online digitisation e_result reuse online_payment score",
           .label = "Chỉ tiêu", .help = "What the target is for."}),
    Field({.name = "percent_hundredths", .kind = ValueKind::kCount, .required = true,
           .max = kWholeInHundredths, .label = "Mức giao (phần vạn)",
           .help = "Hundredths of a percent, of a point for `score`: 6000 is 60 %."}),
    Field({.name = "excluded", .kind = ValueKind::kProcedures, .must_exist = true,
           .max = kCodeBytes,
           .label = "TTHC không tính vào chỉ tiêu",
           .help = "Procedures that do not count for it."}),
    Field({.name = "reason", .kind = ValueKind::kText, .max = kReasonBytes,
           .label = "Lý do không tính",
           .help = "Why they do not; needed where some are excluded. Published with the targets: "
                   "no names of persons, no case numbers."}),
};

constexpr RegisterSchema kSchemas[] = {
    {RegisterId::kProcedures, "procedures", "Danh mục thủ tục hành chính",
     "Catalogue of procedures: a row stands in front of the shipped one of the same code.",
     kProcedures},
    {RegisterId::kPublications, "publications", "Quyết định công bố thủ tục hành chính",
     "Publishing decisions, one row per decision and procedure.", kPublications},
    {RegisterId::kPetitions, "petitions", "Phản ánh, kiến nghị",
     "Petitions with the times of their states.", kPetitions},
    {RegisterId::kRatings, "ratings", "Đánh giá mức độ hài lòng",
     "Ratings of how a case was handled.", kRatings},
    {RegisterId::kPayments, "payments", "Giao dịch thanh toán",
     "Payments, over a gateway or at the counter.", kPayments},
    {RegisterId::kEformCopies, "eform-copies", "Chứng thực bản sao điện tử",
     "Which unit offers electronic certified copies.", kEformCopies},
    {RegisterId::kSyncCounts, "sync-counts", "Số liệu đối chiếu đồng bộ hồ sơ",
     "Counts of BCQG and of the national portal, and the portal's own results.", kSyncCounts},
    {RegisterId::kTargets, "targets", "Chỉ tiêu giao hằng năm",
     "Yearly targets per unit.", kTargets},
};
static_assert(std::size(kSchemas) == kRegisterCount);

// What holds the values of a kind.
enum class Holder : uint8_t { kText, kCount, kBool, kDay, kInstant, kPeriod, kList };

Holder HolderOf(ValueKind kind) {
  switch (kind) {
    case ValueKind::kText:
    case ValueKind::kUnit:
    case ValueKind::kProcedure:
    case ValueKind::kCaseId:
    case ValueKind::kChoice: return Holder::kText;
    case ValueKind::kCount: return Holder::kCount;
    case ValueKind::kBool: return Holder::kBool;
    case ValueKind::kDay: return Holder::kDay;
    case ValueKind::kInstant: return Holder::kInstant;
    case ValueKind::kPeriod: return Holder::kPeriod;
    case ValueKind::kUnits:
    case ValueKind::kProcedures: return Holder::kList;
  }
  std::abort();
}

// The value; nullptr where absent.
template <typename T>
const T* ValueOf(const RegisterSchema& schema, const RegisterRow& row, std::string_view name,
                 Holder holder) {
  const auto field = std::find_if(schema.fields.begin(), schema.fields.end(),
                                  [&](const RegisterField& each) { return each.name == name; });
  if (field == schema.fields.end() || HolderOf(field->kind) != holder) std::abort();
  if (row.values.size() != schema.fields.size()) std::abort();
  const RegisterValue& value = row.values[static_cast<size_t>(field - schema.fields.begin())];
  if (std::holds_alternative<std::monostate>(value)) return nullptr;
  const T* const held = std::get_if<T>(&value);
  if (held == nullptr) std::abort();
  return held;
}

template <typename T>
std::optional<T> CopyOf(const T* value) {
  return value == nullptr ? std::nullopt : std::optional<T>(*value);
}

}  // namespace

std::span<const RegisterSchema> RegisterSchemas() { return kSchemas; }

const RegisterSchema* SchemaNamed(std::string_view name) {
  for (const RegisterSchema& schema : kSchemas) {
    if (schema.name == name) return &schema;
  }
  return nullptr;
}

const RegisterSchema& SchemaOf(RegisterId id) {
  for (const RegisterSchema& schema : kSchemas) {
    if (schema.id == id) return schema;
  }
  std::abort();
}

const std::string* TextOf(const RegisterSchema& schema, const RegisterRow& row,
                          std::string_view name) {
  return ValueOf<std::string>(schema, row, name, Holder::kText);
}

std::optional<int64_t> CountOf(const RegisterSchema& schema, const RegisterRow& row,
                               std::string_view name) {
  return CopyOf(ValueOf<int64_t>(schema, row, name, Holder::kCount));
}

std::optional<bool> BoolOf(const RegisterSchema& schema, const RegisterRow& row,
                           std::string_view name) {
  return CopyOf(ValueOf<bool>(schema, row, name, Holder::kBool));
}

std::optional<Day> DayValueOf(const RegisterSchema& schema, const RegisterRow& row,
                              std::string_view name) {
  return CopyOf(ValueOf<Day>(schema, row, name, Holder::kDay));
}

std::optional<Instant> InstantOf(const RegisterSchema& schema, const RegisterRow& row,
                                 std::string_view name) {
  return CopyOf(ValueOf<Instant>(schema, row, name, Holder::kInstant));
}

std::optional<Period> PeriodValueOf(const RegisterSchema& schema, const RegisterRow& row,
                                    std::string_view name) {
  return CopyOf(ValueOf<Period>(schema, row, name, Holder::kPeriod));
}

const std::vector<std::string>* ListOf(const RegisterSchema& schema, const RegisterRow& row,
                                       std::string_view name) {
  return ValueOf<std::vector<std::string>>(schema, row, name, Holder::kList);
}

}  // namespace tthc
