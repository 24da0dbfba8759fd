#include "ingest/wire/services.h"

#include "ingest/wire/text.h"

namespace tthc {
namespace {

// ServiceOf takes the first row of a kind.
constexpr Service kServices[] = {
    // Generation 1.
    {"DongBoHoSoMC", "DongBoHoSoMC", RecordKind::kDossier, {}},
    {"CapNhatTienDoHoSoMC", "CapNhatTienDoHoSoMC", RecordKind::kProgress, {}},
    {"DongBoTrangThaiHoSo", "DongBoTrangThaiHoSo", RecordKind::kNotice, {}},
    {"DongBoTrangThaiHoSoKM", "DongBoTrangThaiHoSo", RecordKind::kNotice, {}},
    // Provincial adapters: one URL per operation, so the path names it.
    {"URLThemMoi", "DongBoHoSoMC", RecordKind::kDossier, false},
    {"ThemMoi", "DongBoHoSoMC", RecordKind::kDossier, false},
    {"ThemMoiHoSo", "DongBoHoSoMC", RecordKind::kDossier, false},
    {"URLCapNhat", "DongBoHoSoMC", RecordKind::kDossier, true},
    {"CapNhat", "DongBoHoSoMC", RecordKind::kDossier, true},
    {"CapNhatHoSo", "DongBoHoSoMC", RecordKind::kDossier, true},
    {"DongBoHoSo", "DongBoHoSoMC", RecordKind::kDossier, {}},
    {"URLDongBoTienTrinh", "CapNhatTienDoHoSoMC", RecordKind::kProgress, {}},
    {"DongBoTienTrinh", "CapNhatTienDoHoSoMC", RecordKind::kProgress, {}},
    {"CapNhatTienDo", "CapNhatTienDoHoSoMC", RecordKind::kProgress, {}},
    {"CapNhatTienDoHoSo", "CapNhatTienDoHoSoMC", RecordKind::kProgress, {}},
    // Generation 2.
    {"CreateDossier", "CreateDossier", RecordKind::kCreation, {}},
    {"NoiHoSo", "CreateDossier", RecordKind::kCreation, {}},
    {"CapNhatTienTrinh", "CapNhatTienTrinh", RecordKind::kProgress, {}},
    {"CapNhatTrangThai", "CapNhatTrangThai", RecordKind::kStatus, {}},
    // Dictionaries, look-ups, questions and ratings.
    {"login", "login", RecordKind::kNothing, {}},
    {"TraCuuHoSo", "TraCuuHoSo", RecordKind::kNothing, {}},
    {"TraCuuTechID", "TraCuuTechID", RecordKind::kNothing, {}},
    {"DongBoDanhGia", "DongBoDanhGia", RecordKind::kNothing, {}},
    {"DongBoHoiDap", "DongBoHoiDap", RecordKind::kNothing, {}},
    {"DongBoKetQuaHoiDapGuiTuDVCQG", "DongBoKetQuaHoiDapGuiTuDVCQG", RecordKind::kNothing, {}},
    {"LayDanhSachHoiDapGuiTuDVCQG", "LayDanhSachHoiDapGuiTuDVCQG", RecordKind::kNothing, {}},
    {"LayDanhSachHoiDapBoCoQuan", "LayDanhSachHoiDapBoCoQuan", RecordKind::kNothing, {}},
    {"LayNoiDungTraLoiTheoCauHoi", "LayNoiDungTraLoiTheoCauHoi", RecordKind::kNothing, {}},
    {"LayThuTuc", "LayThuTuc", RecordKind::kNothing, {}},
    {"LayDanhSachTTHC", "LayDanhSachTTHC", RecordKind::kNothing, {}},
    {"LayDanhSachTTHCDonVi", "LayDanhSachTTHCDonVi", RecordKind::kNothing, {}},
    {"LayDVC", "LayDVC", RecordKind::kNothing, {}},
    {"LayQDCB", "LayQDCB", RecordKind::kNothing, {}},
    {"LayDanhMucLinhVuc", "LayDanhMucLinhVuc", RecordKind::kNothing, {}},
    {"LayDanhMucCoQuan", "LayDanhMucCoQuan", RecordKind::kNothing, {}},
    {"GetNextValue", "GetNextValue", RecordKind::kNothing, {}},
    {"UploadFile", "UploadFile", RecordKind::kNothing, {}},
    {"getfile", "getfile", RecordKind::kNothing, {}},
};

}  // namespace

const Service* FindService(std::string_view name) {
  name = Trimmed(name);
  for (const Service& service : kServices) {
    if (EqualIgnoringCase(service.name, name)) return &service;
  }
  return nullptr;
}

const Service& ServiceOf(RecordKind kind) {
  for (const Service& service : kServices) {
    if (service.kind == kind) return service;
  }
  return kServices[0];
}

}  // namespace tthc
