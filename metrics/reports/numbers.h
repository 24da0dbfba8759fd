// Numbers as texts: plain ones for machines, Vietnamese ones ("50.533", "97,87") for officials.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "config/instant.h"

namespace tthc {

// numerator ÷ denominator in hundredths of a percent, half up; absent where the denominator is 0.
// Both from 0 to kMaxCount (metrics/indicators/score.h).
std::optional<int64_t> PercentHundredths(int64_t numerator, int64_t denominator);
// Half up; `micros` >= 0.
int64_t HoursInHundredths(int64_t micros);

std::string DecimalText(int64_t hundredths);         // "1234.50", "-0.05"

std::string VietnameseCount(int64_t count);          // "50.533"
std::string VietnameseDecimal(int64_t hundredths);   // "97,87", "1.234,50"
std::string VietnameseMoney(int64_t dong);           // "2,319 tỷ đồng", "15,5 triệu đồng"
std::string VietnameseDay(Day day);                  // "31/03/2025"
// "quý I năm 2025", "tháng 03 năm 2025", "6 tháng đầu năm 2025", "năm 2025", or its days.
std::string VietnamesePeriod(const Period& period);

}  // namespace tthc
