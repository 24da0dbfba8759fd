// Sender profiles, as data: how each family of one-stop systems means what it writes.
//
//   opencps  the open-source product: NoiDungXuLy is "actionName-actionNote"
//   t        a province-wide product that rewrites 5, 6 and 8 to 9 and tells the truth in notes
//   h        a satellite system behind a provincial adapter: bare arrays
//   gen2     the ministry adapter of 2026
//   generic  a sender that nobody has described: notes are evidence, its own 9 is believed
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/result.h"
#include "config/settings.h"
#include "ingest/case/statement.h"

namespace tthc {

enum class NoteMatch : uint8_t { kWhole, kContains };

// A text of NoiDungXuLy and what it means.
struct NoteRow {
  std::string_view text;  // NFC
  NoteMatch match;
  ActionNote note;
  uint8_t sent;                   // the status it is sent with
  std::optional<Status> meaning;  // what that status then really is; none: as sent
};

struct SenderProfile {
  std::string_view name;
  std::span<const NoteRow> notes;
  // The part before the first '-' of NoiDungXuLy is the action, the rest a comment.
  bool note_has_comment;
  // A snapshot with 9 but without NgayKetThucXuLy is a finished case. Where false it may be a
  // waiting one: its status is then Status::kNone with status_sent 9.
  bool trusts_undated_finish;
  // In DongBoTrangThaiHoSo 2 stands for 4, 6, 9 and 10 too, and 5 for 3, 7 and 8: both are then
  // read as Status::kNone.
  bool collapses_notice_status;
};

// nullptr for an unknown name.
const SenderProfile* FindProfile(std::string_view name);
const SenderProfile& GenericProfile();

struct NoteReading {
  ActionNote note = ActionNote::kNone;
  Status status = Status::kNone;
};
// `action` is NoiDungXuLy, NFC and trimmed; `sent` the status it came with.
NoteReading ReadNote(const SenderProfile& profile, std::string_view action, Status sent);

// Which sender a message is from. Thread safety: immutable.
class ProfileTable {
 public:
  // Errors: an unknown profile name; a unit code or a token name that two senders share.
  static Result<std::shared_ptr<const ProfileTable>> Build(
      std::span<const Settings::Sender> senders);
  // No configured sender: everybody is generic.
  static std::shared_ptr<const ProfileTable> Default();

  struct Match {
    const SenderProfile* profile;
    std::string sender;  // id of the setting, else the canonical unit code, else "unknown"
  };
  // By token name, else by unit code (madonvi, MaDinhDanhDV), else generic.
  Match Find(std::string_view token_name, std::string_view unit_code) const;

 private:
  struct Entry {
    std::string id;
    const SenderProfile* profile;
  };
  std::vector<Entry> entries_;
  std::unordered_map<std::string, size_t> by_token_;
  std::unordered_map<std::string, size_t> by_unit_;  // canonical code, or as written where none
};

}  // namespace tthc
