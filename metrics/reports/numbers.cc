#include "metrics/reports/numbers.h"

#include <array>
#include <string_view>

namespace tthc {
namespace {

constexpr int64_t kMillion = 1'000'000;
constexpr int64_t kBillion = 1'000'000'000;

std::string Digits(int64_t value, size_t least) {
  std::string digits = std::to_string(value);
  if (digits.size() < least) digits.insert(0, least - digits.size(), '0');
  return digits;
}

// `dong` in units of `unit`: three decimals at most, no zeros at the end.
std::string InUnits(int64_t dong, int64_t unit) {
  const int64_t step = unit / 1000;
  const int64_t thousandths = (dong + step / 2) / step;
  std::string decimals = Digits(thousandths % 1000, 3);
  while (!decimals.empty() && decimals.back() == '0') decimals.pop_back();
  const std::string whole = VietnameseCount(thousandths / 1000);
  return decimals.empty() ? whole : whole + "," + decimals;
}

}  // namespace

std::optional<int64_t> PercentHundredths(int64_t numerator, int64_t denominator) {
  if (denominator == 0) return std::nullopt;
  const __int128 doubled = static_cast<__int128>(numerator) * 20'000 + denominator;
  return static_cast<int64_t>(doubled / (static_cast<__int128>(denominator) * 2));
}

int64_t HoursInHundredths(int64_t micros) {
  constexpr int64_t kHundredth = kMicrosPerHour / 100;
  return (micros + kHundredth / 2) / kHundredth;
}

std::string DecimalText(int64_t hundredths) {
  if (hundredths < 0) return "-" + DecimalText(-hundredths);
  return std::to_string(hundredths / 100) + "." + Digits(hundredths % 100, 2);
}

std::string VietnameseCount(int64_t count) {
  if (count < 0) return "-" + VietnameseCount(-count);
  std::string text = std::to_string(count);
  for (size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, 1, '.');
  }
  return text;
}

std::string VietnameseDecimal(int64_t hundredths) {
  if (hundredths < 0) return "-" + VietnameseDecimal(-hundredths);
  return VietnameseCount(hundredths / 100) + "," + Digits(hundredths % 100, 2);
}

std::string VietnameseMoney(int64_t dong) {
  if (dong >= kBillion) return InUnits(dong, kBillion) + " tỷ đồng";
  if (dong >= kMillion) return InUnits(dong, kMillion) + " triệu đồng";
  return VietnameseCount(dong) + " đồng";
}

std::string VietnameseDay(Day day) { return FormatVietnamese(StartOf(day)).substr(0, 10); }

std::string VietnamesePeriod(const Period& period) {
  constexpr std::array<std::string_view, 4> kQuarters = {"I", "II", "III", "IV"};
  constexpr std::array<std::string_view, 2> kHalves = {"đầu", "cuối"};
  const std::string label = LabelOf(period);
  if (label.find("..") != std::string::npos) {
    return "từ ngày " + VietnameseDay(period.from) + " đến ngày " + VietnameseDay(period.to);
  }
  const std::string year = "năm " + label.substr(0, 4);
  if (label.size() == 4) return year;
  const std::string part = label.substr(5);
  const auto number = [&] { return static_cast<size_t>(part[1] - '1'); };
  if (part[0] == 'Q') return "quý " + std::string(kQuarters[number()]) + " " + year;
  if (part[0] == 'H') return "6 tháng " + std::string(kHalves[number()]) + " " + year;
  return "tháng " + part + " " + year;
}

}  // namespace tthc
