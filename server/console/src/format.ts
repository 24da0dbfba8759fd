// Figures, times and words as an official writes them.
const ZONE = 'Asia/Ho_Chi_Minh';
const whole = new Intl.NumberFormat('vi-VN', { maximumFractionDigits: 0 });
const twoDecimals = new Intl.NumberFormat('vi-VN', { maximumFractionDigits: 2 });
const percents = new Intl.NumberFormat('vi-VN', {
  style: 'percent', minimumFractionDigits: 2, maximumFractionDigits: 2,
});
const parts = new Intl.DateTimeFormat('en-GB', {
  timeZone: ZONE, day: '2-digit', month: '2-digit', year: 'numeric',
  hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
});
export const collator = new Intl.Collator('vi', { numeric: true });

export const NONE = '–';

export function count(value: number | null | undefined): string {
  return value == null ? NONE : whole.format(value);
}
export function decimal(value: number | null | undefined): string {
  return value == null ? NONE : twoDecimals.format(value);
}
// Of a share from 0 to 1; what is not quite all is never shown as all.
export function percent(value: number | null | undefined): string {
  if (value == null) return NONE;
  return percents.format(value < 1 && value > 0.9999 ? 0.9999 : value);
}

function partsOf(instant: string | number): Record<string, string> {
  return Object.fromEntries(parts.formatToParts(new Date(instant)).map((p) => [p.type, p.value]));
}
export function day(instant: string | number | null | undefined): string {
  if (instant == null) return NONE;
  if (typeof instant === 'string' && instant.length === 10) return instant.split('-').reverse().join('/');
  const p = partsOf(instant);
  return `${p.day}/${p.month}/${p.year}`;
}
export function moment(instant: string | number | null | undefined): string {
  if (instant == null) return NONE;
  const p = partsOf(instant);
  return `${p.day}/${p.month}/${p.year} ${p.hour}:${p.minute}`;
}
export function clockTime(instant: string | number): string {
  const p = partsOf(instant);
  return `${p.hour}:${p.minute}:${p.second}`;
}
// "2025-03-31" of an instant, where the monitor's offices are.
export function isoDay(instant: string | number): string {
  const p = partsOf(instant);
  return `${p.year}-${p.month}-${p.day}`;
}
// "2025-03-31T22:10:00+07:00": Viet Nam has one offset all year.
export function isoInstant(time: number): string {
  const p = partsOf(time);
  return `${p.year}-${p.month}-${p.day}T${p.hour}:${p.minute}:${p.second}+07:00`;
}

// "đăk tô" and "Dak To" fold to one text.
export function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').replace(/[đĐ]/g, 'd').toLowerCase();
}

// --- periods

export interface PeriodChoice { label: string; name: string; }

export function quarterOf(instant: string): string {
  const [year, month] = isoDay(instant).split('-').map(Number);
  return `${year}-Q${Math.ceil(month! / 3)}`;
}
// Those that have begun, newest first: the months, quarters and year that an office looks at.
export function periodsUntil(instant: string): PeriodChoice[] {
  const [year, month] = isoDay(instant).split('-').map(Number) as [number, number];
  const choices: PeriodChoice[] = [];
  const quarter = Math.ceil(month / 3);
  for (let q = quarter; q > quarter - 5; --q) {
    const y = q > 0 ? year : year - 1 - Math.floor(-q / 4);
    const n = ((q - 1) % 4 + 4) % 4 + 1;
    choices.push({ label: `${y}-Q${n}`, name: periodName(`${y}-Q${n}`) });
  }
  for (let m = month; m > month - 6; --m) {
    const y = m > 0 ? year : year - 1;
    const n = m > 0 ? m : m + 12;
    const label = `${y}-${String(n).padStart(2, '0')}`;
    choices.push({ label, name: periodName(label) });
  }
  for (const label of [`${year}`, `${year - 1}`]) choices.push({ label, name: periodName(label) });
  return choices;
}
export function periodName(label: string): string {
  const [year, part] = label.split('-');
  if (!part) return `Năm ${year}`;
  if (part === 'H1' || part === 'H2') return `6 tháng ${part === 'H1' ? 'đầu' : 'cuối'} năm ${year}`;
  if (part.startsWith('Q')) return `Quý ${['I', 'II', 'III', 'IV'][Number(part[1]) - 1]}/${year}`;
  return `Tháng ${Number(part)}/${year}`;
}

// --- words of the monitor's codes

const WORDS: Record<string, string> = {
  in_time: 'Còn hạn', due_soon: 'Sắp đến hạn', overdue: 'Quá hạn', paused: 'Tạm dừng',
  not_open: 'Đã kết thúc',
  resolved: 'Đã giải quyết', resolved_early: 'Trước hạn', resolved_on_time: 'Đúng hạn',
  resolved_late: 'Giải quyết quá hạn', pending: 'Đang giải quyết',
  pending_in_time: 'Đang giải quyết, trong hạn', pending_late: 'Đang giải quyết, quá hạn',
  outside: 'Ngoài kỳ',
  online: 'Trực tuyến', direct: 'Trực tiếp', postal: 'Bưu chính',
  form06: 'Biểu 06', qd766: 'QĐ 766',
  info: 'Thông tin', warning: 'Cảnh báo', critical: 'Khẩn',
  officer: 'cán bộ', head: 'lãnh đạo đơn vị', agency: 'cơ quan', province: 'tỉnh',
  frozen: 'Không chuyển biến', returned_not_closed: 'Trả kết quả chưa đóng',
  second_supplement: 'Bổ sung lần hai', no_apology: 'Chưa xin lỗi',
  acceptance_overdue: 'Chậm tiếp nhận', step_overdue: 'Bước quá hạn',
  score_below_band: 'Điểm thấp', sender_silent: 'Hệ thống im lặng', calendar_ending: 'Lịch sắp hết',
  digest: 'Tổng hợp',
  quiet_hours: 'ngoài giờ báo', muted: 'đơn vị đang tắt báo', many: 'quá nhiều cùng lúc',
  due_at: 'Ngày hẹn trả', finished_at: 'Ngày kết thúc', received_at: 'Ngày tiếp nhận',
  returned_at: 'Ngày trả kết quả', refused_at: 'Ngày từ chối', status: 'Trạng thái',
  unit: 'Đơn vị', procedure: 'Thủ tục', field: 'Lĩnh vực', channel: 'Kênh', step_due_at: 'Hạn của bước',
  event: 'Thời điểm sự việc', recorded: 'Lúc nhận được',
  none: 'Không rõ trạng thái', submitted: 'Mới đăng ký', received: 'Được tiếp nhận',
  refused: 'Không được tiếp nhận', processing: 'Đang xử lý', supplement: 'Yêu cầu bổ sung giấy tờ',
  financial_duty: 'Yêu cầu thực hiện nghĩa vụ tài chính', withdrawn: 'Công dân yêu cầu rút hồ sơ',
  stopped: 'Dừng xử lý', finished: 'Đã xử lý xong', returned: 'Đã trả kết quả',
  close_in_time: 'giải quyết đúng hạn', issue_e_result: 'cấp kết quả điện tử',
  digitise: 'số hóa thành phần hồ sơ', pay_online: 'thanh toán trực tuyến',
};
export function word(code: string | null | undefined): string {
  return code == null ? NONE : WORDS[code] ?? code;
}
