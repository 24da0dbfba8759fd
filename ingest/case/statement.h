// A statement: one thing a sender said about one case at one moment.
//
// Two axes of time: `event` is when it happened, `recorded` when it arrived here. Statements are
// values, never changed or removed once recorded. No personal data is in them: names, numbers,
// addresses and free text are dropped while decoding (ingest/wire), an officer is a keyed hash.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/instant.h"

namespace tthc {

// TrangThaiHoSo / TrangThai of generation 1 and the iGate adapter.
enum class Status : uint8_t {
  kNone = 0,        // blank or outside the list
  kSubmitted = 1,   // Mới đăng ký
  kReceived = 2,    // Được tiếp nhận
  kRefused = 3,     // Không được tiếp nhận
  kProcessing = 4,  // Đang xử lý
  kSupplement = 5,  // Yêu cầu bổ sung giấy tờ
  kFinancial = 6,   // Yêu cầu thực hiện nghĩa vụ tài chính
  kWithdrawn = 7,   // Công dân yêu cầu rút hồ sơ
  kStopped = 8,     // Dừng xử lý
  kFinished = 9,    // Đã xử lý xong
  kReturned = 10,   // Đã trả kết quả
};
inline constexpr int kStatusCount = 11;
std::string_view CodeOf(Status status);            // "received"
std::string_view VietnameseNameOf(Status status);  // "Được tiếp nhận"

enum class StatementKind : uint8_t {
  kSnapshot = 0,  // a whole dossier record (DongBoHoSoMC, CreateDossier, CapNhatTrangThai)
  kProgress = 1,  // one row of CapNhatTienDoHoSoMC
};

enum class DatedBy : uint8_t {
  kOwnField = 0,  // the message says when
  kArrival = 1,   // it does not: the time of arrival stands for it
};

// What NoiDungXuLy says where its text is one the sender's profile knows.
enum class ActionNote : uint8_t {
  kNone = 0,
  kOther,               // a text outside the profile's table; only its keyed hash is kept
  kSupplementDone,      // "Hoàn thành bổ sung hồ sơ"
  kSupplementAsked,     // "Cán bộ trả hồ sơ bổ sung"
  kFinancialDuty,       // "Công dân thực hiện NVTC"
  kStoppedAsFinished,   // "Cán bộ trả bổ sung hồ sơ"
  kNoDueDateFiller,     // "Hồ sơ không có ngày hẹn trả"
  kClosing,             // "Kết thúc xử lý hồ sơ"
  kApology,             // phiếu xin lỗi
};

// Flags of the dossier record that the indicators of QĐ 766 need.
enum DossierFlag : uint32_t {
  kHasSubmittedFile = 1u << 0,       // TaiLieuNop has a row that is not deleted
  kHasDigitisedPart = 1u << 1,       // TaiLieuNop.DuocSoHoa = 1 or HoSoCoThanhPhanSoHoa = 1
  kHasReusedPart = 1u << 2,          // TaiLieuNop.DuocTaiSuDung = 1 or 2
  kFromPersonalStore = 1u << 3,      // TaiLieuNop.DuocLayTuKhoDMQG = 1
  kHasElectronicResult = 1u << 4,    // DanhSachGiayToKetQua with a link
  kHasResultCode = 1u << 5,          // … and with MaGiayToKetQua
  kVneidVerified = 1u << 6,          // TaiKhoanDuocXacThucVoiVNeID = 1
  kPaidOnNationalGateway = 1u << 7,  // DuocThanhToanTrucTuyen = 1
  kPaidOnLocalGateway = 1u << 8,     // DuocThanhToanTrucTuyen = 2
  kHasFeeLine = 1u << 9,             // DanhSachLePhi is not empty
  kHasNonZeroFee = 1u << 10,         // … with a line whose Gia is not 0
  kUsesPopulationData = 1u << 11,    // DSKetNoiCSDL present
  kReturnedByPost = 1u << 12,        // HinhThuc = 1
  kInsert = 1u << 13,                // isUpdating = False
};

struct Statement {
  std::string case_id;               // MaHoSo, trimmed, at most 50 bytes
  StatementKind kind = StatementKind::kSnapshot;
  Status status = Status::kNone;     // as the profile reads it
  uint8_t status_sent = 0;           // as sent: 1..11, 0 blank or unreadable
  DatedBy dated_by = DatedBy::kOwnField;
  Instant event;                     // for kArrival: equal to `recorded`, set when it is recorded
  Instant recorded;
  uint64_t sender_sequence = 0;      // CloudEvents `sequence`; 0 where the wire has none
  uint32_t position = 0;             // place in its message: order among equals
  // Keyed hash of everything the message said about this case (arrival apart). Two statements of
  // one case with the same identity are one statement, said again.
  uint64_t identity = 0;

  // --- snapshots; absent, null and "" are the same here
  std::optional<Instant> received_at;   // NgayTiepNhan
  std::optional<Instant> due_at;        // NgayHenTra
  std::optional<Instant> finished_at;   // NgayKetThucXuLy
  std::optional<Instant> returned_at;   // NgayTra
  std::optional<Instant> refused_at;    // NgayTuChoi
  std::string procedure;                // key of MaTTHC, empty where not said
  std::string field;                    // MaLinhVuc
  std::string unit;                     // canonical unit code, only where the message names a unit by code
  uint8_t channel = 0;                  // KenhThucHien 1, 2, 3; 0 not said
  uint32_t flags = 0;                   // DossierFlag

  // --- progress rows
  std::optional<Instant> step_due_at;   // NgayKetThucTheoQuyDinh
  ActionNote note = ActionNote::kNone;
  uint32_t officer = 0;                 // keyed hash of NguoiXuLy, 0 where not said or a filler
  std::string step;                     // of an imported log that names its own steps: a name listed
                                        // in its mapping, never a free text; else empty
};

}  // namespace tthc
