// The field names of the wire and their aliases, as data: names differ by family and by case
// (MaHoSo, maHoSo, mahoso, MAHOSO), never in meaning within one place.
//
// Thread safety: tables are immutable.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace tthc {

// Fields of a dossier record, a progress row, a status row, and of the items of their lists.
// A name that is not here is dropped unread.
enum class FieldId : uint8_t {
  kCaseId,
  kSystemCaseId,  // IDHoSo of generation 2: tells its messages apart, not kept
  kProcedure,
  kSector,
  kChannel,
  kDossierStatus,  // TrangThaiHoSo
  kRowStatus,      // TrangThai
  kReceivedAt,
  kDueAt,
  kFinishedAt,
  kReturnedAt,
  kRefusedAt,
  kProcessingUnit,  // a unit by code; DonViXuLy is a name and is dropped
  kReceivingUnit,
  kUnit,
  kReturnWay,  // HinhThuc
  kHasDigitisedPart,
  kVneidVerified,
  kPaidOnline,
  kSubmittedFiles,
  kParts,  // ThanhPhanHoSo of generation 2
  kResultFiles,
  kFees,
  kDatabases,
  kProcessedAt,  // ThoiDiemXuLy
  kNoticeAt,     // NgayXuLy of DongBoTrangThaiHoSo
  kStepDueAt,
  kAction,   // NoiDungXuLy: matched and hashed, never kept
  kOfficer,  // NguoiXuLy: hashed, never kept
  // Items of lists.
  kIsDeleted,
  kDigitised,
  kReused,
  kFromStore,
  kAttachedPapers,
  kResultLink,
  kResultCode,
  kFeeAmount,
  kDatabaseCode,
  kCount,
};
inline constexpr size_t kFieldCount = static_cast<size_t>(FieldId::kCount);

// Fields of the envelope around the records.
enum class EnvelopeField : uint8_t {
  kService,
  kSenderUnit,
  kIsUpdating,
  kData,
  kArrivedAt,
  kCount,
};

struct FieldAlias {
  std::string_view name;  // as the interface documents write it; matched without regard to case
  uint8_t id;
};

// Finds the id of a name in a table of aliases.
class AliasIndex {
 public:
  static constexpr uint8_t kUnknown = 0xFF;

  explicit AliasIndex(std::span<const FieldAlias> aliases);
  uint8_t Find(std::string_view name) const;
  // The first alias of `id`: the name for reasons where a field is missing.
  std::string_view NameOf(uint8_t id) const;

 private:
  static constexpr size_t kSlots = 256;  // a power of two, well above the number of aliases
  std::span<const FieldAlias> aliases_;
  std::array<uint8_t, kSlots> slots_;
};

const AliasIndex& RecordFields();
const AliasIndex& EnvelopeFields();

}  // namespace tthc
