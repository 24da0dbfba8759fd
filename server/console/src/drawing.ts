// The life of a case, drawn: where it was worked on, where it waited, when it was to be ready and how
// that moved.
import { type TemplateResult, html, svg } from 'lit';
import type { Case, Statement, Timeline } from './api.js';
import { day, moment } from './format.js';

const WIDTH = 900;
const LEFT = 8;
const RIGHT = 892;
const LANE = 26;
const BAR_TOP = 30;
const DUE_LANE = 32;
const DUE_TOP = BAR_TOP + LANE + 28;

type Kind = 'working' | 'waiting' | 'closed';
const WAITING = new Set(['supplement', 'financial_duty', 'stopped']);
const CLOSED = new Set(['refused', 'withdrawn', 'finished', 'returned']);
const kindOf = (status: string): Kind => (WAITING.has(status) ? 'waiting' : CLOSED.has(status) ? 'closed' : 'working');

interface Stretch { from: number; to: number; kind: Kind; name: string; }

function stretchesOf(statements: Statement[], until: number): Stretch[] {
  const steps = statements.filter((each) => each.counted && each.status !== 'none')
    .map((each) => ({ at: Date.parse(each.event), kind: kindOf(each.status), name: each.status_name }))
    .sort((a, b) => a.at - b.at);
  const stretches: Stretch[] = [];
  steps.forEach((step, i) => {
    const to = steps[i + 1]?.at ?? until;
    const last = stretches.at(-1);
    if (last && last.kind === step.kind) last.to = Math.max(to, last.to);
    else stretches.push({ from: step.at, to: Math.max(to, step.at), kind: step.kind, name: step.name });
  });
  return stretches;
}

interface Due { said: number; due: number; }
// Each due date from when it was said.
function duesOf(statements: Statement[]): Due[] {
  const dues: Due[] = [];
  for (const each of [...statements].sort((a, b) => a.seq - b.seq)) {
    if (!each.due_at) continue;
    const due = Date.parse(each.due_at);
    if (dues.at(-1)?.due !== due) dues.push({ said: Date.parse(each.recorded), due });
  }
  return dues;
}

// The shortest time off that is drawn: a lunch break is told from a night only on a short line.
const THINNEST = 3;

// Nights, breaks and days off between `first` and `last`.
function timesOff(timeline: Timeline, first: number, last: number): { from: number; to: number }[] {
  if (!timeline.working_time) return [];
  const off: { from: number; to: number }[] = [];
  let at = first;
  for (const each of timeline.working_time) {
    const from = Date.parse(each.from);
    if (from > at) off.push({ from: at, to: Math.min(from, last) });
    at = Math.max(at, Date.parse(each.to));
  }
  if (at < last) off.push({ from: at, to: last });
  return off.filter((each) => ((each.to - each.from) / (last - first)) * (RIGHT - LEFT) >= THINNEST);
}

export function lifeLine(the: Case, timeline: Timeline): TemplateResult {
  const cut = Date.parse(the.cut_off);
  const ended = the.verdicts['qd766']?.ended_at ? Date.parse(the.verdicts['qd766'].ended_at) : null;
  const stretches = stretchesOf(timeline.statements, ended ? Math.max(ended, ...timeline.statements.map((each) => Date.parse(each.event))) : cut);
  const dues = duesOf(timeline.statements);
  const times = [...stretches.flatMap((each) => [each.from, each.to]), ...dues.flatMap((each) => [each.due, each.said])];
  if (times.length === 0) return html`<p class="none">Chưa có gì để vẽ.</p>`;
  const first = Math.min(...times);
  const last = Math.max(...times, first + 3_600_000);
  const x = (at: number) => LEFT + ((at - first) / (last - first)) * (RIGHT - LEFT);
  const deadline = the.clock.deadline ? Date.parse(the.clock.deadline) : dues.at(-1)?.due;
  const lateTo = ended ?? cut;
  const height = DUE_TOP + Math.max(dues.length, 1) * DUE_LANE + 8;
  const anchor = (at: number) => (x(at) > WIDTH * 0.75 ? 'end' : 'start');
  const said = stretches.map((each) => `${each.name} từ ${moment(each.from)} đến ${moment(each.to)}`).join('; ') +
    `. Hẹn trả: ${dues.map((each) => moment(each.due)).join(', rồi dời sang ')}.`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Hình vẽ quá trình"><svg class="life" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label=${said}>
    <text x=${LEFT} y="18" class="t">${day(first)}</text><text x=${RIGHT} y="18" class="t" text-anchor="end">${day(last)}</text>
    ${stretches.map((each) => svg`<rect class=${each.kind} x=${x(each.from)} y=${BAR_TOP} height=${LANE} width=${Math.max(2, x(each.to) - x(each.from))}><title>${each.name}: ${moment(each.from)} đến ${moment(each.to)}</title></rect>`)}
    ${timesOff(timeline, first, last).map((each) => svg`<rect class="off" x=${x(each.from)} y=${BAR_TOP} height=${LANE} width=${x(each.to) - x(each.from)}><title>Ngoài giờ làm việc: ${moment(each.from)} đến ${moment(each.to)}</title></rect>`)}
    ${deadline != null && lateTo > deadline ? svg`<rect class="late" x=${x(deadline)} y=${BAR_TOP + LANE} height="6" width=${Math.max(2, x(lateTo) - x(deadline))}></rect>` : ''}
    ${dues.map((each, i) => {
      const y = DUE_TOP + i * DUE_LANE;
      const old = i < dues.length - 1;
      return svg`<g class=${old ? 'due old' : 'due'}>
        <line x1=${x(each.said)} x2=${x(each.due)} y1=${y} y2=${y}></line>
        <circle cx=${x(each.said)} cy=${y} r="3"></circle>
        <path d=${`M${x(each.due)} ${y - 7}l7 7-7 7-7-7z`}></path>
        <text class="t" x=${x(each.due) + (anchor(each.due) === 'end' ? 8 : 12)} y=${anchor(each.due) === 'end' ? y - 10 : y + 5} text-anchor=${anchor(each.due)}>${old ? 'Hẹn cũ' : 'Hẹn trả'} ${moment(each.due)}</text></g>`;
    })}
    ${ended == null && cut >= first && cut <= last ? svg`<line class="now" x1=${x(cut)} x2=${x(cut)} y1=${BAR_TOP - 6} y2=${height - 20}></line>` : ''}
    ${ended != null ? svg`<line class="end" x1=${x(ended)} x2=${x(ended)} y1=${BAR_TOP - 6} y2=${height - 20}></line><text class="t" x=${x(ended)} y=${height - 6} text-anchor=${x(ended) > WIDTH / 2 ? 'end' : 'start'}>Kết thúc ${moment(ended)}</text>` : ''}
  </svg></div>
  <p class="legend"><span class="key working"></span>đang xử lý <span class="key waiting"></span>tạm dừng, chờ
    <span class="key closed"></span>đã kết thúc
    ${timeline.working_time ? html`<span class="key off"></span>ngoài giờ làm việc` : ''} <span class="key late"></span>thời gian quá hạn <span class="diamond">◆</span> ngày hẹn trả (đường kẻ bắt đầu từ lúc hẹn được gửi)</p>`;
}
