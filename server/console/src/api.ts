// What is asked of the daemon. The token stays in this tab (sessionStorage) and goes in a header.
const TOKEN_KEY = 'tthc.token';

export interface Me {
  name: string;
  rights: string[];
  sees_all_units: boolean;
  units: string[];
  auth_off: boolean;
  now: string;
  version: string;
}
export interface Unit { code: string; name: string; level: string; parent: string | null; }
export interface Open { total: number; in_time: number; due_soon: number; overdue: number; paused: number; }
export interface Counts {
  received: { total: number; online: number; direct_postal: number; carried_over: number };
  resolved: { total: number; early: number; on_time: number; late: number };
  pending: { total: number; in_time: number; late: number };
  rates: { tt01: number | null; qd766: number | null; online: number | null };
  no_due_date: number;
  open: Open;
}
export interface Group extends Counts { key: string; name: string | null; }
export interface Summary extends Counts {
  unit: string; from: string; to: string; rule: string; cut_off: string; provisional: boolean;
  groups?: Group[];
}
export interface Trend {
  carried_over: number; cut_off: string;
  days: { day: string; received: number; resolved: number; late: number }[];
}
export interface CaseClock { state: string; text: string | null; deadline: string | null; stopped: boolean; }
export interface CaseLine {
  case_id: string; unit: string; procedure: string | null; field: string | null; channel: string;
  received_at: string | null; due_at: string | null; ended_at: string | null;
  state: string; reason: string; carried_over: boolean; clock: CaseClock;
  status: string | null; recorded: string;
}
export interface CaseList { total: number; cases: CaseLine[]; next_cursor: string | null; }
export interface Verdict {
  state: string; reason: string; reason_text: string; due_at: string | null; due_basis: string;
  ended_at: string | null; compared_at: string | null; waited_seconds: number; requests: number;
}
export interface Case {
  case_id: string; unit: string; unit_name: string | null; procedure: string | null;
  procedure_name: string | null; field: string | null; channel: string;
  received_at: string | null; due_at: string | null; status: { code: string; name: string };
  clock: CaseClock; verdicts: Record<string, Verdict>; cut_off: string; calendar_version: string;
  statements: number; findings?: Finding[];
}
export interface Statement {
  seq: number; kind: string; status: string; status_name: string; status_sent: number;
  event: string; recorded: string; dated_by: string; sender: string;
  received_at: string | null; due_at: string | null; finished_at: string | null;
  returned_at: string | null; counted: boolean;
}
export interface Revision {
  fact: string; before: string | null; after: string | null; recorded: string; seq: number; sender: string;
}
export interface Timeline {
  case_id: string; unit: string; statements: Statement[]; revisions: Revision[];
  alerts?: CaseAlert[]; findings?: Finding[];
  working_time: { from: string; to: string }[] | null;
}
export interface Answered { at: string; by: string; comment: string; until?: string; }
// An alert about a case with everything that was told and answered.
export interface CaseAlert {
  id: string; kind: string;
  messages: { type: string; at: string; text: string; level: string; held: string | null; digest: { at: string } | null }[];
  acknowledged: Answered | null; snoozes: Answered[];
}
export interface Alert {
  id: string; seq?: number; kind: string; rung: string; unit: string; case_id: string; at: string;
  due_at: string | null; text: string; level: string; severity: string; recipient: string;
  resolved?: boolean; told?: boolean; held?: string | null; count?: number;
  acked_at?: string | null; acked_by?: string | null; ack_comment?: string | null;
  snoozed_until?: string | null; snoozed_by?: string | null; snooze_comment?: string | null;
}
export interface Proving {
  seq: number | null; recorded: string; sender: string | null; fact: string;
  before: string | null; after: string | null;
}
export interface Finding {
  kind: string; title?: string; text: string; severity?: string; unit?: string; case_id?: string | null;
  other_case_id?: string | null; sender?: string | null; since: string; statements?: Proving[];
}
export interface FindingList {
  total: number; counts: { kind: string; title: string; count: number }[]; findings: Finding[];
  next_cursor: string | null;
}
export interface HonestRatio {
  rule: string; cut_off: string;
  ratios: { by: string; name: string; numerator: number; denominator: number; ratio: number | null }[];
  differing: { total: number; judged_otherwise: number; left_out: number; left_out_on_time: number };
  cases: {
    case_id: string; unit: string; procedure: string | null;
    latest: { state: string; due_at: string | null; ended_at: string | null };
    first_known: { state: string; due_at: string | null; ended_at: string | null };
    why: { code: string; text: string }[];
  }[];
  next_cursor: string | null;
}
export interface Component {
  id: string; name: string; group: string; numerator: number | null; denominator: number | null;
  ratio: number | null; points: number | null; max: number; state: string; reason: string | null;
}
export interface SheetPart {
  groups: Record<string, number | null>; total: number | null; measured_max: number;
  band: { code: string; name: string } | null; rank: number | null; siblings: number;
  change: number | null;
}
export interface Sheet extends SheetPart {
  unit: string; definition: { id: string; title: string }; components: Component[];
  provisional: boolean;
  children?: (SheetPart & { unit: string; unit_name: string | null; level: string })[];
}
export interface Definition {
  groups: { id: string; name: string; max: number }[];
  indicators: { id: string; name: string }[];
}
export interface Improvements {
  total: number | null; measured_max: number;
  components: { id: string; points: number | null; max: number; reachable: number }[];
  projected: { nothing_done: number; all_in_time: number };
  cases_total: number;
  cases: {
    case_id: string; unit: string; due_at: string | null; effect: number;
    parts: { indicator: string; effect: number; what: string }[];
  }[];
}
export interface ReportRow { name: string; title: string; help: string; }
export interface Report {
  title: string; unit_name: string; definition: string; cut_off: string; made_at: string;
  provisional: boolean; paragraphs: string[];
  tables: {
    id: string; title: string; columns: { id: string; label: string }[];
    rows: Record<string, unknown>[]; total: Record<string, unknown> | null; notes: string[];
  }[];
  checks: { name: string; holds: boolean; detail: string | null }[];
}

export class ApiError extends Error {
  constructor(readonly status: number, message: string) { super(message); }
}

// The service says what is wrong in English, for who integrates with it.
const REFUSALS: Record<number, string> = {
  400: 'Yêu cầu không hợp lệ',
  401: 'Cần đăng nhập lại',
  403: 'Mã truy cập không có quyền xem hoặc làm việc này',
  404: 'Không tìm thấy',
  409: 'Không thực hiện được vì trái với dữ liệu hiện có',
  413: 'Nội dung gửi quá lớn',
  429: 'Quá nhiều yêu cầu, xin thử lại sau ít phút',
  503: 'Máy chủ đang bận hoặc tạm không ghi được dữ liệu, xin thử lại sau ít phút',
};

export type Query = Record<string, string | number | boolean | null | undefined>;

export function queryText(query: Query): string {
  const pairs = Object.entries(query).filter(([, value]) => value != null && value !== '');
  return pairs.map(([key, value]) => `${key}=${encodeURIComponent(String(value))}`).join('&');
}
function address(path: string, query: Query): string {
  const text = queryText(query);
  return `/api/v1/${path}${text ? `?${text}` : ''}`;
}

export function token(): string { return sessionStorage.getItem(TOKEN_KEY) ?? ''; }
export function keepToken(text: string): void { sessionStorage.setItem(TOKEN_KEY, text); }
export function forgetToken(): void { sessionStorage.removeItem(TOKEN_KEY); }

async function send(method: string, path: string, query: Query, body?: unknown): Promise<Response> {
  const headers: Record<string, string> = {};
  if (token()) headers['Authorization'] = `Bearer ${token()}`;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  let answer: Response;
  try {
    answer = await fetch(address(path, query), {
      method, headers, body: body === undefined ? null : JSON.stringify(body),
    });
  } catch {
    throw new ApiError(0, 'Không kết nối được với máy chủ.');
  }
  if (answer.ok) return answer;
  if (answer.status === 401) window.dispatchEvent(new Event('tthc-sign-in'));
  const problem = await answer.json().catch(() => ({}));
  const detail = problem.detail ?? problem.title ?? `HTTP ${answer.status}`;
  throw new ApiError(answer.status, `${REFUSALS[answer.status] ?? 'Máy chủ báo lỗi'} (${detail}).`);
}

export async function ask<T>(path: string, query: Query = {}): Promise<T> {
  return (await send('GET', path, query)).json();
}
export async function tell<T>(path: string, body: unknown): Promise<T> {
  return (await send('POST', path, {}, body)).json();
}
// A link cannot carry the token: the file is fetched and handed over as a blob.
export async function download(path: string, query: Query, otherwise: string): Promise<void> {
  const answer = await send('GET', path, query);
  const named = /filename="([^"]+)"/.exec(answer.headers.get('Content-Disposition') ?? '');
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await answer.blob());
  link.download = named && named[1] !== 'proof.json' ? named[1]! : otherwise;
  link.click();
  URL.revokeObjectURL(link.href);
}

export const casePath = (id: string): string => `cases/${encodeURIComponent(id)}`;
