// Runs the real tthcmon for tests of the console. Environment: TTHCMON (the binary).
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
export const TTHCMON = process.env.TTHCMON ?? join(here, '../../build/tthcmon');
// The last evening of the quarter, as deploy/run.sh has it; alerts ring at night, too.
export const CLOCK = '2025-03-31T23:00:00+07:00';
const REGISTERS_KNOWN = '2025-03-31T22:30:00+07:00';
const TLS = '[tls]\nlisten = "127.0.0.1:0"\ncertificate_file = "server.pem"\nkey_file = "server.key"\n';
const NIGHT = '[alerts]\nnotify_from_minutes = 0\nnotify_to_minutes = 1440\nnotify_on_days_off = true\n';

function run(...arguments_) {
  const done = spawnSync(TTHCMON, arguments_, { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`tthcmon ${arguments_.join(' ')}: ${done.stderr}`);
}

function makeCertificate(folder) {
  const done = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', '/CN=tthcmon test', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', join(folder, 'server.key'),
    '-out', join(folder, 'server.pem')], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`openssl (Debian package openssl): ${done.stderr ?? done.error}`);
}

// The demonstration quarter and its registers.
export function makeStore(folder) {
  const messages = join(folder, 'messages.jsonl');
  const registers = join(folder, 'registers');
  const store = join(folder, 'store');
  run('demo', 'kontum-2025q1', '--out', messages, '--registers', registers);
  run('replay', '--data', store, messages);
  for (const file of readdirSync(registers)) {
    run('register', file.replace('.jsonl', ''), join(registers, file), '--data', store, '--recorded-at', REGISTERS_KNOWN);
  }
  return store;
}

export class Daemon {
  // `tls`: with a second address, whose certificate nobody has signed.
  constructor(store, { tokens, tls = false } = {}) {
    this.store = store;
    this.tokens = tokens;
    this.tls = tls;
  }

  async start(port = 0) {
    const folder = dirname(this.store);
    const config = join(folder, 'serve.toml');
    const options = ['serve', '--data', this.store, '--listen', `127.0.0.1:${port}`, '--clock', CLOCK, '--config', config];
    if (this.tls) makeCertificate(folder);
    writeFileSync(config, (this.tls ? TLS : '') + NIGHT + (this.tokens ? '[access]\ntoken_file = "tokens.toml"\n' : ''));
    if (this.tokens) writeFileSync(join(folder, 'tokens.toml'), this.tokens, { mode: 0o600 });
    else options.push('--auth', 'off');
    this.process = spawn(TTHCMON, options, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.log = '';
    this.process.stderr.on('data', (text) => { this.log += text; });
    let said = '';
    const ready = await new Promise((resolve, reject) => {
      this.process.stdout.on('data', (text) => {
        said += text;
        const line = said.split('\n').find((each) => each.includes('"event":"ready"'));
        if (line) resolve(JSON.parse(line));
      });
      this.process.on('exit', () => reject(new Error(`tthcmon serve ended before it was ready: ${this.log}`)));
    });
    this.address = `http://${ready.listen}`;
    this.secureAddress = `https://${ready.listen_tls}`;
    this.port = Number(ready.listen.split(':').at(-1));
    return this;
  }

  async end(signal) {
    if (!this.process || this.process.exitCode != null || this.process.signalCode != null) return;
    const ended = once(this.process, 'exit');
    this.process.kill(signal);
    await ended;
  }
  kill() { return this.end('SIGKILL'); }
  stop() { return this.end('SIGTERM'); }

  async request(method, path, body, token) {
    const headers = { 'Content-Type': 'application/json' };
    if (token) headers.Authorization = `Bearer ${token}`;
    const answer = await fetch(`${this.address}${path}`, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }
  get(path, token) { return this.request('GET', `/api/v1/${path}`, undefined, token); }
  // One dossier, as a one-stop system sends it.
  send(fields, token) {
    return this.request('POST', '/api/v1/onestop', {
      session: 't', madonvi: '000.00.00.H34', service: 'DongBoHoSoMC', isUpdating: 'False',
      data: [{ MaTTHC: '1.004222', KenhThucHien: '2', TrangThaiHoSo: '2', ...fields }],
    }, token);
  }
}

export function copyOf(store, folder) {
  mkdirSync(folder, { recursive: true });
  cpSync(store, join(folder, 'store'), { recursive: true });
  return join(folder, 'store');
}
