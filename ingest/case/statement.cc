#include "ingest/case/statement.h"

#include <array>
#include <string_view>

namespace tthc {
namespace {

struct StatusNames {
  std::string_view code;
  std::string_view vietnamese;
};

constexpr std::array<StatusNames, kStatusCount> kStatusNames = {{
    {"none", "Không rõ trạng thái"},
    {"submitted", "Mới đăng ký"},
    {"received", "Được tiếp nhận"},
    {"refused", "Không được tiếp nhận"},
    {"processing", "Đang xử lý"},
    {"supplement", "Yêu cầu bổ sung giấy tờ"},
    {"financial_duty", "Yêu cầu thực hiện nghĩa vụ tài chính"},
    {"withdrawn", "Công dân yêu cầu rút hồ sơ"},
    {"stopped", "Dừng xử lý"},
    {"finished", "Đã xử lý xong"},
    {"returned", "Đã trả kết quả"},
}};

}  // namespace

std::string_view CodeOf(Status status) { return kStatusNames[static_cast<size_t>(status)].code; }
std::string_view VietnameseNameOf(Status status) {
  return kStatusNames[static_cast<size_t>(status)].vietnamese;
}

}  // namespace tthc
