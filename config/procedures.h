// The catalogue of procedures (thủ tục hành chính, TTHC): names, sectors, statutory time limits.
//
// Thread safety: immutable after loading.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/calendar.h"
#include "config/instant.h"
#include "config/result.h"

namespace tthc {

enum class LimitUnit { kWorkingHour, kWorkingDay, kDay, kMonth };

std::string_view NameOf(LimitUnit unit);  // "working_hour", "working_day", "day", "month"

struct TimeLimit {   // ThoiGianGiaiQuyet + DonViTinh
  int amount = 0;
  LimitUnit unit = LimitUnit::kWorkingDay;
};

// Dịch vụ công trực tuyến: as the procedure is offered.
enum class OnlineService : uint8_t { kNone, kPartial /* một phần */, kFull /* toàn trình */ };

struct Procedure {
  std::string code;    // national: first two groups, "1.000656"
  std::string name;
  std::string field;   // MaLinhVuc
  std::string field_name;
  std::string level;   // "province" | "district" | "commune"
  std::optional<TimeLimit> limit;
  bool returns_document = true;
  bool has_fee = false;
  bool illustrative = false;  // code and name were not found together in a source

  // What the indicators of QĐ 766 ask of the catalogue; absent where it does not say.
  std::vector<std::string> units;    // canonical codes of who is competent; empty: see `level`
  std::optional<bool> citizens;      // performers include citizens, Vietnamese abroad or foreigners
  std::optional<OnlineService> online;
  bool service_open = true;          // the service is public, about to stop, or on trial
  std::optional<bool> eligible_full;  // may be offered toàn trình
  std::optional<bool> complete;      // all parts of Điều 8 khoản 2 NĐ 63/2010/NĐ-CP are published
  bool is_public = true;             // on the national database
};

// The key of a procedure: "1.000656.000.00.00.H56" and "2.002622.H56" -> "1.000656", "2.002622"
// (the suffix names an owner). A text of another shape is kept as it is, trimmed, its unit suffix
// dropped where one stands ("TS_lop1.000.00.00.H22" -> "TS_lop1").
std::string ProcedureKey(std::string_view raw);

class ProcedureCatalogue {
 public:
  // Format: config/data/procedures_kontum.toml; each file a path or "builtin:NAME". All problems
  // are told, each with file and line.
  static Result<std::shared_ptr<const ProcedureCatalogue>> Load(
      const std::vector<std::string>& files);
  static Result<std::shared_ptr<const ProcedureCatalogue>> FromTexts(
      const std::vector<ConfigText>& texts);
  // Of several procedures with one code the first counts.
  static std::shared_ptr<const ProcedureCatalogue> Of(std::vector<Procedure> procedures);
  const Procedure* Find(std::string_view key) const;
  const std::vector<Procedure>& all() const { return procedures_; }

 private:
  std::vector<Procedure> procedures_;
  std::unordered_map<std::string, size_t> by_code_;
};

// The due instant that the law's own time gives: counted from the day after receipt (Bộ luật Dân sự
// 2015 Điều 147), rolled forward where the last day is a day off (Điều 148), at the close of the
// last session of that day; hours are walked through the sessions. A month ends on the same day of
// the month, or on the last one of a shorter month. An amount of 0 days means the day of receipt,
// or the next working day where its sessions are already over. Error where the amount is negative or the
// due instant lies beyond the calendar's search limit.
Result<Instant> StatutoryDue(const TimeLimit& limit, Instant received,
                             const WorkCalendar& calendar);

}  // namespace tthc
