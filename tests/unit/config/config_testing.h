// What the tests of this room share.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "config/calendar.h"
#include "config/instant.h"

namespace tthc {

inline Day D(std::string_view text) { return ParseDay(text).value(); }
// Local time: "2025-03-03 07:30" or "2025-03-03 07:30:15".
inline Instant At(std::string_view local) {
  std::string text(local);
  if (text.size() == 16) text += ":00";
  return ParseInstant(text + "+07:00").value();
}

inline std::shared_ptr<const CalendarBook> ShippedBook(bool make_up_days_count = true) {
  static const auto with = CalendarBook::Load({"builtin:calendar_vn.toml"}, true).value();
  static const auto without = CalendarBook::Load({"builtin:calendar_vn.toml"}, false).value();
  return make_up_days_count ? with : without;
}
inline const WorkCalendar& Shipped() { return ShippedBook()->Default(); }

// A file in a directory of its own, removed with the object.
class TemporaryFile {
 public:
  TemporaryFile(const std::string& name, std::string_view text) {
    std::string pattern = (std::filesystem::temp_directory_path() / "tthc_config_XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    path_ = (std::filesystem::path(directory_) / name).string();
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~TemporaryFile() { std::filesystem::remove_all(directory_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }
  const std::string& directory() const { return directory_; }

 private:
  std::string directory_;
  std::string path_;
};

}  // namespace tthc
