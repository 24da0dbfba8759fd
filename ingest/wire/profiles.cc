#include "ingest/wire/profiles.h"

#include "config/units.h"
#include "ingest/wire/text.h"

namespace tthc {
namespace {

constexpr uint8_t kAnyStatus = 0;

// Texts of the province-wide product [T] (WIRE 10.4, 14-17), and of the apology slip that
// NĐ 61/2018 Điều 19 asks for with a new appointment.
constexpr NoteRow kNotes[] = {
    {"Hoàn thành bổ sung hồ sơ", NoteMatch::kWhole, ActionNote::kSupplementDone, 5,
     Status::kProcessing},
    {"Cán bộ trả hồ sơ bổ sung", NoteMatch::kWhole, ActionNote::kSupplementAsked, 9,
     Status::kSupplement},
    {"Công dân thực hiện NVTC", NoteMatch::kWhole, ActionNote::kFinancialDuty, 9,
     Status::kFinancial},
    {"Cán bộ trả bổ sung hồ sơ", NoteMatch::kWhole, ActionNote::kStoppedAsFinished, 9,
     Status::kStopped},
    {"Hồ sơ không có ngày hẹn trả", NoteMatch::kWhole, ActionNote::kNoDueDateFiller, 9,
     Status::kNone},
    {"Kết thúc xử lý hồ sơ", NoteMatch::kWhole, ActionNote::kClosing, 9, Status::kFinished},
    {"xin lỗi", NoteMatch::kContains, ActionNote::kApology, kAnyStatus, {}},
    {"Xin lỗi", NoteMatch::kContains, ActionNote::kApology, kAnyStatus, {}},
};

//                                      comment  undated 9  collapsed notices
constexpr SenderProfile kProfiles[] = {
    {"generic", kNotes, true, true, true}, {"opencps", kNotes, true, true, true},
    {"t", kNotes, false, false, false},    {"h", kNotes, false, true, true},
    {"gen2", kNotes, false, true, true},
};

constexpr std::string_view kUnknownSender = "unknown";

bool Matches(const NoteRow& row, std::string_view action) {
  return row.match == NoteMatch::kWhole ? action == row.text : action.find(row.text) != action.npos;
}

const NoteRow* FindNote(const SenderProfile& profile, std::string_view action) {
  for (const NoteRow& row : profile.notes) {
    if (Matches(row, action)) return &row;
  }
  return nullptr;
}

std::string UnitKey(std::string_view code) {
  const Result<std::string> canonical = CanonicalUnitCode(Trimmed(code));
  return canonical ? *canonical : std::string(Trimmed(code));
}

}  // namespace

const SenderProfile* FindProfile(std::string_view name) {
  for (const SenderProfile& profile : kProfiles) {
    if (profile.name == name) return &profile;
  }
  return nullptr;
}

const SenderProfile& GenericProfile() { return kProfiles[0]; }

NoteReading ReadNote(const SenderProfile& profile, std::string_view action, Status sent) {
  if (action.empty()) return {ActionNote::kNone, sent};
  const NoteRow* row = FindNote(profile, action);
  const size_t dash = action.find('-');
  if (row == nullptr && profile.note_has_comment && dash != action.npos) {
    row = FindNote(profile, Trimmed(action.substr(0, dash)));
  }
  if (row == nullptr) return {ActionNote::kOther, sent};
  const bool applies = row->meaning && static_cast<uint8_t>(sent) == row->sent;
  return {row->note, applies ? *row->meaning : sent};
}

Result<std::shared_ptr<const ProfileTable>> ProfileTable::Build(
    std::span<const Settings::Sender> senders) {
  auto table = std::make_shared<ProfileTable>();
  for (const Settings::Sender& sender : senders) {
    const SenderProfile* const profile = FindProfile(sender.profile);
    if (profile == nullptr) {
      return Invalid("sender " + Quoted(sender.id) + ": unknown profile " + Quoted(sender.profile) +
                     ", known are opencps, t, h, gen2, generic");
    }
    const size_t index = table->entries_.size();
    table->entries_.push_back({sender.id, profile});
    if (!sender.token_name.empty() && !table->by_token_.emplace(sender.token_name, index).second) {
      return Invalid("sender " + Quoted(sender.id) + ": token " + Quoted(sender.token_name) +
                     " already belongs to another sender");
    }
    for (const std::string& code : sender.unit_codes) {
      if (!table->by_unit_.emplace(UnitKey(code), index).second) {
        return Invalid("sender " + Quoted(sender.id) + ": unit " + Quoted(code) +
                       " already belongs to a sender");
      }
    }
  }
  return std::shared_ptr<const ProfileTable>(std::move(table));
}

std::shared_ptr<const ProfileTable> ProfileTable::Default() {
  return std::make_shared<const ProfileTable>();
}

ProfileTable::Match ProfileTable::Find(std::string_view token_name,
                                       std::string_view unit_code) const {
  if (const auto found = by_token_.find(std::string(token_name)); found != by_token_.end()) {
    return {entries_[found->second].profile, entries_[found->second].id};
  }
  if (Trimmed(unit_code).empty()) return {&GenericProfile(), std::string(kUnknownSender)};
  if (const auto found = by_unit_.find(UnitKey(unit_code)); found != by_unit_.end()) {
    return {entries_[found->second].profile, entries_[found->second].id};
  }
  // Only a well-formed code becomes a label: the wire must not be able to name senders freely.
  Result<std::string> canonical = CanonicalUnitCode(Trimmed(unit_code));
  return {&GenericProfile(), canonical ? std::move(*canonical) : std::string(kUnknownSender)};
}

}  // namespace tthc
