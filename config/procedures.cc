#include "config/procedures.h"

#include <algorithm>

#include "config/toml_reader.h"
#include "config/units.h"

namespace tthc {
namespace {

// The longest limit of the national catalogue is below three years; more is a typing error.
constexpr int64_t kMaxLimitAmount = 3660;

struct LimitUnitName {
  LimitUnit unit;
  std::string_view name;
};
constexpr LimitUnitName kLimitUnitNames[] = {
    {LimitUnit::kWorkingHour, "working_hour"},
    {LimitUnit::kWorkingDay, "working_day"},
    {LimitUnit::kDay, "day"},
    {LimitUnit::kMonth, "month"},
};
constexpr std::string_view kLevels[] = {"province", "district", "commune"};

template <typename Value>
struct Choice {
  std::string_view name;
  Value value;
};
constexpr Choice<OnlineService> kOnlineServices[] = {{"none", OnlineService::kNone},
                                                     {"partial", OnlineService::kPartial},
                                                     {"full", OnlineService::kFull}};
// Whether CLGQ.2 counts the service: public, about to stop, on trial.
constexpr Choice<bool> kServiceStates[] = {
    {"public", true}, {"pending_stop", true}, {"testing", true}, {"closed", false}};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool AreDigits(std::string_view text) { return std::all_of(text.begin(), text.end(), IsDigit); }

constexpr size_t kNationalCodeBytes = 8;  // "1.000656"
bool HasNationalShape(std::string_view text) {
  return text.size() >= kNationalCodeBytes && IsDigit(text[0]) && text[1] == '.' &&
         AreDigits(text.substr(2, 6)) &&
         (text.size() == kNationalCodeBytes || text[kNationalCodeBytes] == '.');
}

bool IsRootGroup(std::string_view group) {
  return group.size() == 3 && group[0] >= 'A' && group[0] <= 'Z' && AreDigits(group.substr(1));
}

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// Drops a digit group of `width` from the end; false where there is none.
bool DropGroup(std::string_view& text, size_t width) {
  const size_t dot = text.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  const std::string_view group = text.substr(dot + 1);
  if (group.size() != width || !AreDigits(group)) return false;
  text = text.substr(0, dot);
  return true;
}

// Without ".000.00.14.H56" (old scheme), ".H56" or ".H56.14" (new scheme) at its end.
std::string_view WithoutUnitSuffix(std::string_view text) {
  std::string_view head = text;
  while (DropGroup(head, 2)) {}
  const size_t dot = head.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || !IsRootGroup(head.substr(dot + 1))) return text;
  const bool may_be_old = head.size() == text.size();
  head = head.substr(0, dot);
  std::string_view old = head;
  return may_be_old && DropGroup(old, 2) && DropGroup(old, 2) && DropGroup(old, 3) ? old : head;
}

std::optional<LimitUnit> LimitUnitNamed(std::string_view name) {
  for (const LimitUnitName& each : kLimitUnitNames) {
    if (each.name == name) return each.unit;
  }
  return std::nullopt;
}

std::optional<TimeLimit> ReadLimit(const toml::table& table, const std::string& file,
                                   std::vector<Problem>& problems) {
  TableReader reader(table, file, problems);
  const auto amount = reader.Integer("amount");
  const std::string unit_name = reader.RequiredText("unit");
  const auto unit = LimitUnitNamed(unit_name);
  if (!amount) {
    reader.Add("amount: is missing or no integer");
  } else if (*amount < 0 || *amount > kMaxLimitAmount) {
    reader.Add("amount: " + std::to_string(*amount) + " is outside 0 to " +
               std::to_string(kMaxLimitAmount));
  }
  if (!unit && !unit_name.empty()) {
    reader.Add("unit: '" + unit_name + "' is none of working_hour, working_day, day, month");
  }
  reader.Finish();
  if (!amount || !unit) return std::nullopt;
  return TimeLimit{static_cast<int>(*amount), *unit};
}

using FieldNames = std::unordered_map<std::string, std::string>;

void ReadField(const toml::table& table, const std::string& file, FieldNames& fields,
               std::vector<Problem>& problems) {
  TableReader reader(table, file, problems);
  const std::string code = reader.RequiredText("code");
  const std::string name = reader.RequiredText("name");
  if (!fields.emplace(code, name).second) reader.Add("field " + code + " stands twice");
  reader.Finish();
}

template <typename Value, size_t N>
std::optional<Value> ReadChoice(TableReader& reader, std::string_view key,
                                const Choice<Value> (&choices)[N]) {
  const std::string name = reader.Text(key);
  if (!reader.Has(key)) return std::nullopt;
  std::string known;
  for (const Choice<Value>& choice : choices) {
    if (choice.name == name) return choice.value;
    known += (known.empty() ? "" : ", ") + std::string(choice.name);
  }
  reader.Add(reader.LineOfKey(key), std::string(key) + ": '" + name + "' is none of " + known);
  return std::nullopt;
}

// What the indicators ask of the catalogue.
void ReadOffer(TableReader& reader, Procedure& procedure) {
  for (const std::string& raw : reader.TextList("units").value_or(std::vector<std::string>())) {
    const auto code = CanonicalUnitCode(raw);
    if (code) {
      procedure.units.push_back(*code);
    } else {
      reader.Add(reader.LineOfKey("units"), "units: " + code.error().message);
    }
  }
  procedure.citizens = reader.Bool("citizens");
  procedure.eligible_full = reader.Bool("eligible_full");
  procedure.complete = reader.Bool("complete");
  procedure.is_public = reader.Bool("public").value_or(true);
  procedure.online = ReadChoice(reader, "online", kOnlineServices);
  procedure.service_open =
      ReadChoice(reader, "service_state", kServiceStates).value_or(procedure.service_open);
}

Procedure ReadProcedure(const toml::table& table, const std::string& file,
                        const FieldNames& fields, std::vector<Problem>& problems) {
  TableReader reader(table, file, problems);
  Procedure procedure;
  procedure.code = reader.RequiredText("code");
  procedure.name = reader.RequiredText("name");
  procedure.field = reader.RequiredText("field");
  procedure.level = reader.RequiredText("level");
  procedure.returns_document = reader.Bool("returns_document").value_or(true);
  procedure.has_fee = reader.Bool("has_fee").value_or(false);
  procedure.illustrative = reader.Bool("illustrative").value_or(false);
  if (const toml::table* limit = reader.Table("limit")) {
    procedure.limit = ReadLimit(*limit, file, problems);
  }
  ReadOffer(reader, procedure);
  reader.Text("note");
  reader.Finish();
  if (ProcedureKey(procedure.code) != procedure.code) {
    reader.Add("code: write " + ProcedureKey(procedure.code) + " instead of " + procedure.code);
  }
  if (const auto field = fields.find(procedure.field); field != fields.end()) {
    procedure.field_name = field->second;
  } else if (!procedure.field.empty()) {
    reader.Add(reader.LineOfKey("field"), "field: there is no [[field]] " + procedure.field);
  }
  if (std::find(std::begin(kLevels), std::end(kLevels), procedure.level) == std::end(kLevels) &&
      !procedure.level.empty()) {
    reader.Add(reader.LineOfKey("level"),
               "level: '" + procedure.level + "' is none of province, district, commune");
  }
  return procedure;
}

void ReadAbout(TableReader& root, std::vector<Problem>& problems) {
  const toml::table* about = root.Table("about");
  if (about == nullptr) return;
  TableReader reader(*about, root.file(), problems);
  reader.RequiredText("title");
  reader.TextList("sources");
  reader.TextList("notes");
  reader.Finish();
}

}  // namespace

std::string_view NameOf(LimitUnit unit) {
  for (const LimitUnitName& each : kLimitUnitNames) {
    if (each.unit == unit) return each.name;
  }
  return "";
}

std::string ProcedureKey(std::string_view raw) {
  const std::string_view text = Trimmed(raw);
  if (HasNationalShape(text)) return std::string(text.substr(0, kNationalCodeBytes));
  return std::string(WithoutUnitSuffix(text));
}

Result<std::shared_ptr<const ProcedureCatalogue>> ProcedureCatalogue::Load(
    const std::vector<std::string>& files) {
  return FromTexts(ReadConfigTexts(files));
}

Result<std::shared_ptr<const ProcedureCatalogue>> ProcedureCatalogue::FromTexts(
    const std::vector<ConfigText>& texts) {
  std::vector<Problem> problems;
  std::vector<Procedure> procedures;
  std::unordered_map<std::string, std::string> places;
  FieldNames fields;
  for (const ConfigText& from : texts) {
    const auto root = LoadToml(from, problems);
    if (!root) continue;
    const std::string& file = from.file;
    TableReader reader(*root, file, problems);
    ReadAbout(reader, problems);
    for (const toml::table* table : reader.Tables("field")) {
      ReadField(*table, file, fields, problems);
    }
    for (const toml::table* table : reader.Tables("procedure")) {
      procedures.push_back(ReadProcedure(*table, file, fields, problems));
      const std::string place = file + ":" + std::to_string(LineOf(*table));
      const auto [first, is_new] = places.emplace(procedures.back().code, place);
      if (!is_new) {
        problems.push_back({file, LineOf(*table), "procedure " + procedures.back().code +
                                                      " stands already at " + first->second});
      }
    }
    reader.Finish();
  }
  if (!problems.empty()) return ToError(problems);
  return Of(std::move(procedures));
}

std::shared_ptr<const ProcedureCatalogue> ProcedureCatalogue::Of(
    std::vector<Procedure> procedures) {
  auto catalogue = std::make_shared<ProcedureCatalogue>();
  catalogue->procedures_ = std::move(procedures);
  for (size_t i = 0; i < catalogue->procedures_.size(); ++i) {
    catalogue->by_code_.emplace(catalogue->procedures_[i].code, i);
  }
  return catalogue;
}

const Procedure* ProcedureCatalogue::Find(std::string_view key) const {
  const auto found = by_code_.find(std::string(key));
  return found == by_code_.end() ? nullptr : &procedures_[found->second];
}

namespace {

Day AddMonths(Day day, int months) {
  const CivilDate date = CivilOf(day);
  const int month = static_cast<int>(date.month) - 1 + months;
  const int year = date.year + month / 12;
  const unsigned of_year = static_cast<unsigned>(month % 12 + 1);
  unsigned of_month = date.day;
  while (!IsCivilDate(year, static_cast<int>(of_year), static_cast<int>(of_month))) --of_month;
  return DayOf(CivilDate{year, of_year, of_month});
}

// The close of `day`, rolled forward; of a later working day where that is already over.
Result<Instant> CloseAfter(Instant received, Day day, const WorkCalendar& calendar) {
  const Instant close = calendar.CloseOf(calendar.RollForward(day));
  if (close > received) return close;
  return calendar.AddWorkingDays(received, 1);
}

}  // namespace

Result<Instant> StatutoryDue(const TimeLimit& limit, Instant received,
                             const WorkCalendar& calendar) {
  if (limit.amount < 0 || limit.amount > kMaxLimitAmount) {
    return Invalid("a time limit of " + std::to_string(limit.amount) + " is outside 0 to " +
                   std::to_string(kMaxLimitAmount));
  }
  const Day day = DayOf(received);
  switch (limit.unit) {
    case LimitUnit::kWorkingHour:
      return calendar.AddWorkingTime(received, limit.amount * kMicrosPerHour);
    case LimitUnit::kWorkingDay:
      if (limit.amount == 0) return CloseAfter(received, day, calendar);
      return calendar.AddWorkingDays(received, limit.amount);
    case LimitUnit::kDay: return CloseAfter(received, day + limit.amount, calendar);
    case LimitUnit::kMonth: break;
  }
  return CloseAfter(received, AddMonths(day, limit.amount), calendar);
}

}  // namespace tthc
