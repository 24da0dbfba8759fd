#include "ingest/wire/fields.h"

#include <cstring>

#include "ingest/wire/text.h"

namespace tthc {
namespace {

constexpr uint8_t Id(FieldId id) { return static_cast<uint8_t>(id); }
constexpr uint8_t Id(EnvelopeField id) { return static_cast<uint8_t>(id); }

// The first alias of each field is its usual name.
constexpr FieldAlias kRecordAliases[] = {
    {"MaHoSo", Id(FieldId::kCaseId)},
    {"IDHoSo", Id(FieldId::kSystemCaseId)},
    {"MaTTHC", Id(FieldId::kProcedure)},
    {"MaLinhVuc", Id(FieldId::kSector)},
    {"KenhThucHien", Id(FieldId::kChannel)},
    {"TrangThaiHoSo", Id(FieldId::kDossierStatus)},
    {"TrangThai", Id(FieldId::kRowStatus)},
    {"NgayTiepNhan", Id(FieldId::kReceivedAt)},
    {"NgayHenTra", Id(FieldId::kDueAt)},
    {"NgayKetThucXuLy", Id(FieldId::kFinishedAt)},
    {"NgayTra", Id(FieldId::kReturnedAt)},
    {"NgayTuChoi", Id(FieldId::kRefusedAt)},
    {"MaDonViXuLy", Id(FieldId::kProcessingUnit)},
    {"MaDonViTiepNhan", Id(FieldId::kReceivingUnit)},
    {"MaDonVi", Id(FieldId::kUnit)},
    {"HinhThuc", Id(FieldId::kReturnWay)},
    {"HoSoCoThanhPhanSoHoa", Id(FieldId::kHasDigitisedPart)},
    {"HoSoCoThanhPhanSoHo", Id(FieldId::kHasDigitisedPart)},  // a column name of one product
    {"TaiKhoanDuocXacThucVoiVNeID", Id(FieldId::kVneidVerified)},
    {"DuocThanhToanTrucTuyen", Id(FieldId::kPaidOnline)},
    {"TaiLieuNop", Id(FieldId::kSubmittedFiles)},
    {"ThanhPhanHoSo", Id(FieldId::kParts)},
    {"DanhSachGiayToKetQua", Id(FieldId::kResultFiles)},
    {"DanhSachLePhi", Id(FieldId::kFees)},
    {"DSKetNoiCSDL", Id(FieldId::kDatabases)},
    {"ThoiDiemXuLy", Id(FieldId::kProcessedAt)},
    {"NgayXuLy", Id(FieldId::kNoticeAt)},
    {"NgayKetThucTheoQuyDinh", Id(FieldId::kStepDueAt)},
    {"NoiDungXuLy", Id(FieldId::kAction)},
    {"NguoiXuLy", Id(FieldId::kOfficer)},
    {"IsDeleted", Id(FieldId::kIsDeleted)},
    {"DuocSoHoa", Id(FieldId::kDigitised)},
    {"DuocTaiSuDung", Id(FieldId::kReused)},
    {"DuocLayTuKhoDMQG", Id(FieldId::kFromStore)},
    {"GiayToDinhKem", Id(FieldId::kAttachedPapers)},
    {"DuongDanTepTinKetQua", Id(FieldId::kResultLink)},
    {"IdTepTin", Id(FieldId::kResultLink)},  // generation 2: the file's id stands for its link
    {"MaGiayToKetQua", Id(FieldId::kResultCode)},
    {"Gia", Id(FieldId::kFeeAmount)},
    {"MaCSDL", Id(FieldId::kDatabaseCode)},
};

constexpr FieldAlias kEnvelopeAliases[] = {
    {"service", Id(EnvelopeField::kService)},
    {"madonvi", Id(EnvelopeField::kSenderUnit)},
    {"MaDinhDanhDV", Id(EnvelopeField::kSenderUnit)},
    {"isUpdating", Id(EnvelopeField::kIsUpdating)},
    {"data", Id(EnvelopeField::kData)},
    {"arrived_at", Id(EnvelopeField::kArrivedAt)},
};

constexpr uint64_t kLowerCaseBits = 0x2020202020202020;

// Mixes the length and the first and last eight bytes; bit 0x20 set makes ASCII case alike. It only
// has to spread the few names of a table: every hit is compared in full.
size_t SlotOf(std::string_view name, size_t slots) {
  uint64_t head = 0;
  uint64_t tail = 0;
  if (name.size() >= sizeof head) {
    std::memcpy(&head, name.data(), sizeof head);
    std::memcpy(&tail, name.data() + name.size() - sizeof tail, sizeof tail);
  } else {
    std::memcpy(&head, name.data(), name.size());
  }
  head |= kLowerCaseBits;
  tail |= kLowerCaseBits;
  const uint64_t mixed = (head * 0x9E3779B97F4A7C15 ^ tail) * 0xC2B2AE3D27D4EB4F + name.size();
  return (mixed >> 40) & (slots - 1);
}

}  // namespace

AliasIndex::AliasIndex(std::span<const FieldAlias> aliases) : aliases_(aliases) {
  slots_.fill(kUnknown);
  for (size_t i = 0; i < aliases.size(); ++i) {
    size_t slot = SlotOf(aliases[i].name, kSlots);
    while (slots_[slot] != kUnknown) slot = (slot + 1) & (kSlots - 1);
    slots_[slot] = static_cast<uint8_t>(i);
  }
}

uint8_t AliasIndex::Find(std::string_view name) const {
  if (name.empty()) return kUnknown;
  for (size_t slot = SlotOf(name, kSlots); slots_[slot] != kUnknown;
       slot = (slot + 1) & (kSlots - 1)) {
    const FieldAlias& alias = aliases_[slots_[slot]];
    if (EqualIgnoringCase(alias.name, name)) return alias.id;
  }
  return kUnknown;
}

std::string_view AliasIndex::NameOf(uint8_t id) const {
  for (const FieldAlias& alias : aliases_) {
    if (alias.id == id) return alias.name;
  }
  return {};
}

const AliasIndex& RecordFields() {
  static_assert(std::size(kRecordAliases) < 128);  // half of the slots stay empty
  static const AliasIndex index(kRecordAliases);
  return index;
}

const AliasIndex& EnvelopeFields() {
  static const AliasIndex index(kEnvelopeAliases);
  return index;
}

}  // namespace tthc
