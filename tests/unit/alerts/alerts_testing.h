// Short ways to alert messages in a test. Local times, "2025-03-10 08:00" or with seconds.
#pragma once

#include <gmock/gmock.h>

#include <string>

#include "server/monitor.h"

namespace tthc {

inline Instant At(const std::string& local) {
  std::string text = local;
  if (text.size() == 16) text += ":00";
  text[10] = 'T';
  return ParseInstant(text + "+07:00").value();
}

inline const CalendarBook& OfficeBook() {
  static const auto kBook = CalendarBook::Load({"builtin:calendar_vn.toml"}).value();
  return *kBook;
}

inline AlertMessage AnAlert(const std::string& number, const std::string& unit = "H34.01",
                            AlertLevel level = AlertLevel::kHead) {
  AlertMessage m;
  m.id = unit + "-250303-" + number + "~0~overdue~1741600800";
  m.kind = m.rung = "overdue";
  m.unit = m.recipient = unit;
  m.case_id = unit + "-250303-" + number;
  m.due_at = At("2025-03-10 17:00");
  m.text = "Quá hạn: hồ sơ " + m.case_id + ".";
  m.level = level;
  return m;
}

}  // namespace tthc
