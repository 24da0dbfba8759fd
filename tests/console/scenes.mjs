// The views with what stands in them once they are complete, and what makes the alert feed speak.
export const VIEWS = [
  { name: 'tong-quan', title: 'Tổng quan', at: () => '#/tong-quan', ready: '.score' },
  { name: 'don-vi', title: 'Đơn vị', at: () => '#/don-vi/H34.03', ready: '.score' },
  { name: 'canh-bao', title: 'Cảnh báo', at: () => '#/canh-bao', ready: '.alerts li' },
  { name: 'ho-so', title: 'Hồ sơ', at: ({ late }) => `#/ho-so/${late}`, ready: 'svg.life' },
  { name: 'danh-sach', title: 'Danh sách hồ sơ', at: () => '#/ho-so?unit=H34&rule=qd766&clock=overdue', ready: 'table.cases' },
  { name: 'phat-hien', title: 'Phát hiện', at: () => '#/phat-hien', ready: '.alerts li' },
  { name: 'bao-cao', title: 'Báo cáo', at: () => '#/bao-cao/cchc', ready: '.preview' },
];

// A case of the demonstration that is late and whose due date had been moved after it had passed.
export async function lateCase(daemon) {
  const { findings } = await daemon.get('findings?unit=H34&kind=due_moved_after_deadline&limit=1');
  return findings[0].case_id;
}

let number = 0;
// A dossier that is due within a working day: its alert rings at once. Its number and its unit.
export async function ring(daemon, { unit = 'H34.03', due = '20250401090000', token } = {}) {
  const id = `${unit}-250331-9${String(++number).padStart(4, '0')}`;
  await daemon.send({ MaHoSo: id, NgayTiepNhan: '20250331090000', NgayHenTra: due }, token);
  return id;
}
