// The section on case handling of the quarterly administrative-reform report: each figure with what
// it was taken from, and the paragraphs to paste.
#include <array>
#include <initializer_list>
#include <unordered_map>

#include "metrics/reports/draft.h"
#include "metrics/reports/makers.h"
#include "metrics/reports/numbers.h"

namespace tthc {
namespace {

constexpr std::string_view kNoData = "chưa có số liệu";

// --- the table

struct Figure {
  std::optional<int64_t> number;
  std::optional<int64_t> of;      // denominator, where it is a share
};
struct FigureRow {
  std::string_view id;
  std::string_view label;
  std::string_view measure;
  std::string_view source;
  Figure (*of)(const CchcFigures&);
};

Figure ShareOf(const CchcShare& share) { return {share.numerator, share.denominator}; }
Figure TransactionsOf(const std::optional<CchcPayments>& payments) {
  if (!payments) return {};
  return {payments->transactions, {}};
}
Figure MoneyOf(const std::optional<CchcPayments>& payments) {
  if (!payments) return {};
  return {payments->dong, {}};
}

constexpr std::string_view kCases = "hồ sơ", kDong = "đồng", kTransactions = "giao dịch",
                           kPetitions = "phản ánh, kiến nghị";
constexpr std::string_view kFromCases = "Hồ sơ đồng bộ từ hệ thống một cửa; đếm như Biểu số 06",
                           kFromPayments = "Sổ thanh toán; giao dịch thành công trong kỳ",
                           kFromPetitions = "Sổ phản ánh, kiến nghị";

constexpr FigureRow kFigures[] = {
    {"received.total", "Hồ sơ tiếp nhận", kCases, kFromCases,
     [](const CchcFigures& f) { return Figure{f.counts.received(), {}}; }},
    {"received.online", "– tiếp nhận trực tuyến trong kỳ", kCases, kFromCases,
     [](const CchcFigures& f) { return Figure{f.counts.online, {}}; }},
    {"received.direct_postal", "– tiếp nhận trực tiếp, qua dịch vụ bưu chính trong kỳ", kCases,
     kFromCases, [](const CchcFigures& f) { return Figure{f.counts.direct_postal, {}}; }},
    {"received.carried_over", "– kỳ trước chuyển qua", kCases, kFromCases,
     [](const CchcFigures& f) { return Figure{f.counts.carried_over, {}}; }},
    {"resolved.total", "Hồ sơ đã giải quyết", kCases, kFromCases,
     [](const CchcFigures& f) { return Figure{f.counts.resolved(), {}}; }},
    {"resolved.in_time", "– giải quyết trước hạn và đúng hạn", kCases, kFromCases,
     [](const CchcFigures& f) {
       return Figure{f.counts.early + f.counts.on_time, f.counts.resolved()};
     }},
    {"resolved.early", "– trong đó trước hạn", kCases, kFromCases,
     [](const CchcFigures& f) { return Figure{f.counts.early, f.counts.resolved()}; }},
    {"resolved.on_time", "– trong đó đúng hạn", kCases, kFromCases,
     [](const CchcFigures& f) { return Figure{f.counts.on_time, f.counts.resolved()}; }},
    {"resolved.late", "– giải quyết quá hạn", kCases, kFromCases,
     [](const CchcFigures& f) { return Figure{f.counts.late, f.counts.resolved()}; }},
    {"pending.total", "Hồ sơ đang giải quyết", kCases, kFromCases,
     [](const CchcFigures& f) { return Figure{f.counts.pending(), {}}; }},
    {"pending.in_time", "– đang giải quyết trong hạn", kCases, kFromCases,
     [](const CchcFigures& f) { return Figure{f.counts.pending_in_time, f.counts.pending()}; }},
    {"pending.late", "– đang giải quyết quá hạn", kCases, kFromCases,
     [](const CchcFigures& f) { return Figure{f.counts.pending_late, f.counts.pending()}; }},
    {"share.online", "Hồ sơ trực tuyến trên tổng số hồ sơ tiếp nhận", kCases, kFromCases,
     [](const CchcFigures& f) { return Figure{f.counts.online, f.counts.received()}; }},
    {"share.digitised", "Hồ sơ có thành phần được số hóa trên tổng số hồ sơ tiếp nhận", kCases,
     "HoSoCoThanhPhanSoHoa hoặc TaiLieuNop.DuocSoHoa",
     [](const CchcFigures& f) { return ShareOf(f.digitised); }},
    {"share.e_result", "Hồ sơ có kết quả điện tử trên tổng số hồ sơ đã giải quyết", kCases,
     "DanhSachGiayToKetQua có mã và tệp kết quả, thủ tục có kết quả là giấy tờ",
     [](const CchcFigures& f) { return ShareOf(f.e_result); }},
    {"share.reused", "Hồ sơ sử dụng lại dữ liệu số hóa trên tổng số hồ sơ tiếp nhận", kCases,
     "TaiLieuNop.DuocTaiSuDung", [](const CchcFigures& f) { return ShareOf(f.reused); }},
    {"share.online_payment", "Hồ sơ thanh toán trực tuyến trên số hồ sơ có phí, lệ phí", kCases,
     "DuocThanhToanTrucTuyen hoặc sổ thanh toán; thủ tục có phí, lệ phí theo danh mục",
     [](const CchcFigures& f) { return ShareOf(f.paid_online); }},
    {"payments.fee.transactions", "Giao dịch thanh toán phí, lệ phí", kTransactions, kFromPayments,
     [](const CchcFigures& f) { return TransactionsOf(f.fees); }},
    {"payments.fee.amount", "Số tiền phí, lệ phí", kDong, kFromPayments,
     [](const CchcFigures& f) { return MoneyOf(f.fees); }},
    {"payments.land_duty.transactions", "Giao dịch nghĩa vụ tài chính về đất đai", kTransactions,
     kFromPayments, [](const CchcFigures& f) { return TransactionsOf(f.land_duties); }},
    {"payments.land_duty.amount", "Số tiền nghĩa vụ tài chính về đất đai", kDong, kFromPayments,
     [](const CchcFigures& f) { return MoneyOf(f.land_duties); }},
    {"petitions.received", "Phản ánh, kiến nghị tiếp nhận (gồm cả kỳ trước chuyển qua)", kPetitions,
     kFromPetitions,
     [](const CchcFigures& f) {
       return f.petitions ? Figure{f.petitions->received, {}} : Figure{};
     }},
    {"petitions.answered", "– đã trả lời, xử lý xong", kPetitions, kFromPetitions,
     [](const CchcFigures& f) {
       return f.petitions ? Figure{f.petitions->answered, {}} : Figure{};
     }},
    {"petitions.in_process", "– đang xử lý", kPetitions, kFromPetitions,
     [](const CchcFigures& f) {
       return f.petitions ? Figure{f.petitions->in_process, {}} : Figure{};
     }},
};

std::string UntoldNote(std::string_view what, const CchcShare& share) {
  return "Tỷ lệ " + std::string(what) + ": trong mẫu số có " + VietnameseCount(share.untold) +
         " hồ sơ của hệ thống không gửi thông tin này.";
}

// --- the paragraphs

std::string Cases(int64_t count) { return VietnameseCount(count) + " hồ sơ"; }

std::string PercentText(std::optional<int64_t> numerator, int64_t denominator) {
  if (!numerator) return std::string(kNoData);
  const auto percent = PercentHundredths(*numerator, denominator);
  return percent ? VietnameseDecimal(*percent) + "%" : std::string(kNoData);
}
std::string PercentText(const CchcShare& share) {
  return PercentText(share.numerator, share.denominator);
}

std::string PaymentText(std::string_view what, const std::optional<CchcPayments>& payments) {
  if (!payments) return std::string(what) + ": " + std::string(kNoData);
  return std::string(what) + ": " + VietnameseCount(payments->transactions) +
         " giao dịch với số tiền " + VietnameseMoney(payments->dong);
}

std::string ReceivedText(const Counts& c, const std::string& unit, const std::string& period) {
  return "Trong " + period + ", " + unit + " tiếp nhận " + Cases(c.received()) +
         " thủ tục hành chính, trong đó: tiếp nhận trực tuyến " + Cases(c.online) +
         "; tiếp nhận trực tiếp và qua dịch vụ bưu chính " + Cases(c.direct_postal) +
         "; kỳ trước chuyển qua " + Cases(c.carried_over) + ".";
}

std::string ResolvedText(const Counts& c) {
  const int64_t in_time = c.early + c.on_time;
  return "Kết quả giải quyết: đã giải quyết " + Cases(c.resolved()) + ", trong đó giải quyết trước "
         "hạn và đúng hạn " + Cases(in_time) + " (tỷ lệ " + PercentText(in_time, c.resolved()) +
         "), quá hạn " + Cases(c.late) + " (tỷ lệ " + PercentText(c.late, c.resolved()) +
         "); đang giải quyết " + Cases(c.pending()) + ", trong đó trong hạn " +
         Cases(c.pending_in_time) + ", quá hạn " + Cases(c.pending_late) + ".";
}

std::string SharesText(const CchcFigures& f) {
  return "Tỷ lệ hồ sơ trực tuyến: " + PercentText(f.counts.online, f.counts.received()) +
         "; tỷ lệ số hóa hồ sơ: " + PercentText(f.digitised) +
         "; tỷ lệ cấp kết quả điện tử: " + PercentText(f.e_result) +
         "; tỷ lệ khai thác, sử dụng lại thông tin, dữ liệu số hóa: " + PercentText(f.reused) + ".";
}

std::string PaymentsText(const CchcFigures& f) {
  return "Tỷ lệ thanh toán trực tuyến: " + PercentText(f.paid_online) + "; " +
         PaymentText("phí, lệ phí", f.fees) + "; " +
         PaymentText("nghĩa vụ tài chính về đất đai", f.land_duties) + ".";
}

std::string PetitionsText(const std::optional<CchcPetitions>& petitions) {
  const std::string begin = "Phản ánh, kiến nghị về quy định hành chính và việc giải quyết thủ tục "
                            "hành chính: ";
  if (!petitions) return begin + std::string(kNoData) + ".";
  return begin + "tiếp nhận " + VietnameseCount(petitions->received) + ", đã trả lời " +
         VietnameseCount(petitions->answered) + ", đang xử lý " +
         VietnameseCount(petitions->in_process) + ".";
}

// --- the counting

// What a share is counted over, and which fact it counts.
struct ShareRow {
  Fact fact;
  FactSet base;              // the cases that could have it: by these a sender's silence shows
  bool resolved_only;
  CchcShare CchcFigures::*share;
  std::string_view name;
};
constexpr std::array<ShareRow, 4> kShares = {{
    {Fact::kDigitisedPart, 0, false, &CchcFigures::digitised, "số hóa hồ sơ"},
    {Fact::kEResult, BitOf(Fact::kDocumented), true, &CchcFigures::e_result, "cấp kết quả điện tử"},
    {Fact::kReused, 0, false, &CchcFigures::reused, "sử dụng lại dữ liệu số hóa"},
    {Fact::kPaidOnline, BitOf(Fact::kFee), false, &CchcFigures::paid_online,
     "thanh toán trực tuyến"},
}};

struct ShareCounts {
  int64_t could = 0, told = 0;               // of all the sender's cases
  int64_t numerator = 0, denominator = 0;    // of the unit's
};
using SenderShares = std::unordered_map<TextId, std::array<ShareCounts, kShares.size()>>;

class CchcCounter {
 public:
  CchcCounter(const ReportSources& sources, const Draft& draft)
      : sources_(sources), draft_(draft), counting_(sources.figures.CountingAt(draft.known_at)) {}

  // All senders' cases are seen, not the unit's alone: whether a sender tells a fact shows in all
  // that it sends.
  Result<void> Count(CchcFigures& figures, PendingTable& pending) {
    WalkQuery walk = draft_.walk;
    walk.units.assign(walk.units.size(), true);
    const auto walked =
        WalkCases(sources_.book, draft_.casework, sources_.directory, walk,
                  [&](std::string_view id, const Verdict& verdict, const Casework& desk) {
                    const bool own = draft_.walk.units[desk.unit()];
                    if (own) {
                      Add(figures.counts, verdict);
                      pending.Add(verdict, desk, walk.cut_off);
                    }
                    CountFacts(id, verdict, desk, own);
                  });
    if (!walked) return walked;
    for (size_t i = 0; i < kShares.size(); ++i) figures.*kShares[i].share = ShareAt(i);
    return {};
  }

 private:
  void CountFacts(std::string_view id, const Verdict& verdict, const Casework& desk, bool own) {
    const CaseLinks links =
        sources_.registers.LinksOf(id, draft_.known_at, draft_.walk.cut_off);
    const FactSet facts = FactsOf(desk.folded(), desk.procedure(), links, counting_.facts);
    auto& shares = senders_[desk.folded().sender];
    for (size_t i = 0; i < kShares.size(); ++i) {
      const ShareRow& row = kShares[i];
      const bool has = (facts & BitOf(row.fact)) != 0;
      const bool could = (facts & row.base) == row.base;
      shares[i].could += could;
      shares[i].told += has;
      if (!own || (row.resolved_only && !IsResolved(verdict.state))) continue;
      // Electronic results are held against all that is resolved, as the report does.
      shares[i].denominator += row.resolved_only || could;
      shares[i].numerator += has;
    }
  }

  bool Tells(const ShareCounts& counts) const {
    return counts.told != 0 || counts.could < counting_.constant_flag_cases;
  }

  CchcShare ShareAt(size_t i) const {
    CchcShare share;
    share.numerator = 0;
    for (const auto& [sender, shares] : senders_) {
      *share.numerator += shares[i].numerator;
      share.denominator += shares[i].denominator;
      if (!Tells(shares[i])) share.untold += shares[i].denominator;
    }
    if (share.untold == share.denominator) share.numerator.reset();
    return share;
  }

  const ReportSources& sources_;
  const Draft& draft_;
  const CountingRules counting_;
  SenderShares senders_;
};

bool IsOf(const ReportSources& sources, const Draft& draft, std::string_view code) {
  const auto unit = sources.units.Find(code);
  return unit && *unit < draft.walk.units.size() && draft.walk.units[*unit];
}

// The unit of a case as it was known then; of one that never came, the code in its number.
class UnitsOfCases {
 public:
  UnitsOfCases(const ReportSources& sources, const Draft& draft)
      : sources_(sources), draft_(draft), desk_(draft.casework, sources.directory) {}

  Result<std::string> Of(const std::string& case_id) {
    const auto bytes = sources_.book.Read(case_id);
    if (!bytes) return bytes.error();
    if (!*bytes) return CodeIn(case_id);
    if (const auto decoded = DecodeCase(**bytes, stored_); !decoded) {
      return Prefixed("case " + case_id, decoded.error());
    }
    desk_.Open(stored_, draft_.known_at);
    const UnitTree& units = *desk_.directory().units;
    return desk_.unit() < units.size() ? units.at(desk_.unit()).code : "";
  }

 private:
  static std::string CodeIn(const std::string& case_id) {
    const auto code = UnitCodeOf(case_id);
    return code ? *code : "";
  }

  const ReportSources& sources_;
  const Draft& draft_;
  Casework desk_;
  StoredCase stored_;
};

bool IsLandDutyOrFee(const Payment& payment) {
  return payment.kind == PaymentKind::kFee || payment.kind == PaymentKind::kLandDuty;
}

void Count(const Payment& payment, CchcFigures& figures) {
  CchcPayments& sum =
      payment.kind == PaymentKind::kLandDuty ? *figures.land_duties : *figures.fees;
  ++sum.transactions;
  sum.dong += payment.amount_dong;
}

Result<void> CountPayments(const ReportSources& sources, const Draft& draft,
                           CchcFigures& figures) {
  if (!sources.registers.Kept(RegisterId::kPayments, draft.known_at)) return {};
  figures.fees.emplace();
  figures.land_duties.emplace();
  std::vector<Payment> without_unit;   // their cases are read when the register is let go
  sources.registers.Visit(RegisterId::kPayments, draft.known_at, [&](const RegisterRow& row) {
    Payment payment = PaymentFrom(row);
    const bool in_period =
        draft.walk.from <= payment.paid_at && payment.paid_at <= draft.walk.cut_off;
    if (!payment.succeeded || !in_period || !IsLandDutyOrFee(payment)) return;
    if (payment.unit.empty()) {
      without_unit.push_back(std::move(payment));
    } else if (IsOf(sources, draft, payment.unit)) {
      Count(payment, figures);
    }
  });
  UnitsOfCases units(sources, draft);
  for (const Payment& payment : without_unit) {
    const auto unit = units.Of(payment.case_id);
    if (!unit) return unit.error();
    if (IsOf(sources, draft, *unit)) Count(payment, figures);
  }
  return {};
}

void CountPetitions(const ReportSources& sources, const Draft& draft, CchcFigures& figures) {
  if (!sources.registers.Kept(RegisterId::kPetitions, draft.known_at)) return;
  CchcPetitions& sum = figures.petitions.emplace();
  sources.registers.Visit(RegisterId::kPetitions, draft.known_at, [&](const RegisterRow& row) {
    const Petition petition = PetitionFrom(row);
    if (!IsOf(sources, draft, petition.unit)) return;
    const PetitionState state =
        JudgePetition(petition, draft.walk.from, draft.walk.cut_off,
                      sources.calendars.For(petition.unit));
    sum.received += state != PetitionState::kOutside;
    sum.answered +=
        state == PetitionState::kHandledInTime || state == PetitionState::kHandledLate;
    sum.in_process +=
        state == PetitionState::kInProcessInTime || state == PetitionState::kInProcessLate;
  });
}

ReportCheck SumCheck(std::string name, int64_t whole, std::initializer_list<int64_t> parts) {
  int64_t sum = 0;
  std::string terms;
  for (const int64_t part : parts) {
    sum += part;
    terms += (terms.empty() ? "" : " + ") + std::to_string(part);
  }
  const bool holds = sum == whole;
  return {std::move(name), holds, holds ? "" : std::to_string(whole) + " ≠ " + terms};
}

}  // namespace

ReportTable CchcTable(const CchcFigures& figures) {
  ReportTable table;
  table.id = "figures";
  table.title = "Tình hình giải quyết TTHC";
  table.columns = {{"figure", "Mã số liệu", CellKind::kText},
                   {"label", "Số liệu", CellKind::kText},
                   {"measure", "Đơn vị tính", CellKind::kText},
                   {"number", "Số lượng", CellKind::kCount},
                   {"denominator", "Trên tổng số", CellKind::kCount},
                   {"percent", "Tỷ lệ (%)", CellKind::kPercent},
                   {"source", "Nguồn, cách tính", CellKind::kText}};
  for (const FigureRow& row : kFigures) {
    const Figure figure = row.of(figures);
    const bool is_share = figure.number && figure.of;
    table.rows.push_back({std::string(row.id), std::string(row.label), std::string(row.measure),
                          CountCell(figure.number), CountCell(figure.of),
                          is_share ? PercentCell(*figure.number, *figure.of) : ReportCell{},
                          std::string(row.source)});
  }
  table.notes.push_back("Ô để trống: " + std::string(kNoData) + ".");
  for (const ShareRow& row : kShares) {
    const CchcShare& share = figures.*row.share;
    if (share.untold > 0) table.notes.push_back(UntoldNote(row.name, share));
  }
  return table;
}

std::vector<std::string> CchcParagraphs(const CchcFigures& figures, const std::string& unit_name,
                                        const Period& period) {
  return {ReceivedText(figures.counts, unit_name, VietnamesePeriod(period)),
          ResolvedText(figures.counts), SharesText(figures), PaymentsText(figures),
          PetitionsText(figures.petitions)};
}

Result<Report> MakeCchc(const ReportSources& sources, const ReportQuery& query) {
  auto draft = BeginReport(sources, query, "cchc");
  if (!draft) return draft.error();
  CchcFigures figures;
  PendingTable pending(sources.units, draft->unit, DayOf(draft->walk.cut_off));
  const auto counted = CchcCounter(sources, *draft).Count(figures, pending);
  if (!counted) return counted.error();
  if (const auto paid = CountPayments(sources, *draft, figures); !paid) return paid.error();
  CountPetitions(sources, *draft, figures);

  Report& report = draft->report;
  report.tables.push_back(CchcTable(figures));
  report.tables.push_back(pending.Table());
  report.paragraphs = CchcParagraphs(figures, report.unit_name, report.period);
  const Counts& c = figures.counts;
  report.checks.push_back(SumCheck("tiếp nhận = đã giải quyết + đang giải quyết", c.received(),
                                   {c.resolved(), c.pending()}));
  const PendingCounts p = pending.Total();
  report.checks.push_back(SumCheck(
      "đang giải quyết = đang xử lý + chờ bổ sung + chờ nghĩa vụ tài chính + dừng xử lý",
      c.pending(), {p.running, p.supplement, p.financial_duty, p.stopped}));
  return std::move(report);
}

}  // namespace tthc
