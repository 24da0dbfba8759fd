// The side registers (sổ theo dõi ngoài hồ sơ) that indicators of QĐ 766 need beside the cases:
// one table of registers and their fields, from which reading, checking, storing, the API's
// documents and the data dictionary are made.
//
// Thread safety: constants.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/instant.h"
#include "config/result.h"

namespace tthc {

enum class RegisterId : uint8_t {   // stored: never renumber
  kProcedures = 1,     // danh mục TTHC
  kPublications = 2,   // quyết định công bố (QĐCB), one row per decision and procedure
  kPetitions = 3,      // phản ánh, kiến nghị (PAKN), with their state times
  kRatings = 4,        // đánh giá của người dân per case
  kPayments = 5,       // giao dịch thanh toán
  kEformCopies = 6,    // chứng thực bản sao điện tử: which unit offers it
  kSyncCounts = 7,     // counts of BCQG and of the national portal, and the portal's own results
  kTargets = 8,        // chỉ tiêu giao hằng năm per unit
};
inline constexpr size_t kRegisterCount = 8;

enum class ValueKind : uint8_t {
  kText,        // a code or short text: printable, at most `max` bytes
  kUnit,        // canonical unit code; in the tree or not (then flagged, not refused)
  kProcedure,   // key of MaTTHC; one that the catalogue does not have is flagged, or refused where
                // `must_exist`
  kCaseId,      // MaHoSo
  kDay,         // YYYY-MM-DD or dd/MM/yyyy
  kInstant,     // RFC 3339, yyyyMMddHHmmss or "dd/MM/yyyy HH:mm[:ss]" (Asia/Ho_Chi_Minh)
  kBool,        // true/false, 1/0
  kCount,       // whole number 0 … `max`
  kChoice,      // one of `choices`
  kPeriod,      // "2025-03", "2025-Q1", "2025-H1", "2025"
  kUnits,       // list of unit codes: JSON array, or separated by blanks or ';'
  kProcedures,  // list of procedure codes, likewise; `must_exist` holds for each
};

struct RegisterField {
  std::string_view name;        // JSON member and CSV column
  ValueKind kind;
  bool required = false;
  bool in_key = false;          // the key of a row is its key fields, joined by '|'
  bool must_exist = false;      // procedures: a misspelt one would count as one more
  int64_t max = 0;              // texts: bytes; counts: value
  std::string_view choices;     // separated by blanks
  std::string_view label;       // Vietnamese
  std::string_view help;        // English
};

struct RegisterSchema {
  RegisterId id;
  std::string_view name;        // "petitions": path and command line
  std::string_view title;       // Vietnamese
  std::string_view help;        // English
  std::span<const RegisterField> fields;
};
std::span<const RegisterSchema> RegisterSchemas();
const RegisterSchema* SchemaNamed(std::string_view name);
const RegisterSchema& SchemaOf(RegisterId id);

// The value of one field; monostate where absent.
using RegisterValue = std::variant<std::monostate, std::string, int64_t, bool, Day, Instant, Period,
                                   std::vector<std::string>>;

// One row: values by field of its schema.
struct RegisterRow {
  std::string key;
  std::vector<RegisterValue> values;
  bool withdrawn = false;       // the row no longer holds ("withdrawn": true)

  friend bool operator==(const RegisterRow&, const RegisterRow&) = default;
};

// Typed access by field name of `schema` (a name that is not there, or of another kind: abort).
const std::string* TextOf(const RegisterSchema& schema, const RegisterRow& row, std::string_view name);
std::optional<int64_t> CountOf(const RegisterSchema& schema, const RegisterRow& row, std::string_view name);
std::optional<bool> BoolOf(const RegisterSchema& schema, const RegisterRow& row, std::string_view name);
std::optional<Day> DayValueOf(const RegisterSchema& schema, const RegisterRow& row, std::string_view name);
std::optional<Instant> InstantOf(const RegisterSchema& schema, const RegisterRow& row, std::string_view name);
std::optional<Period> PeriodValueOf(const RegisterSchema& schema, const RegisterRow& row, std::string_view name);
const std::vector<std::string>* ListOf(const RegisterSchema& schema, const RegisterRow& row, std::string_view name);

}  // namespace tthc
