// Bundles the console and writes it as a table of C++ (server/console/files.h).
//   node build.mjs DIR    DIR/files/… what a browser is sent, DIR/console_files.cc the table
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

// What the first view may weigh on the way, as it is sent.
const MOST_COMPRESSED_BYTES = 150_000;
const TYPES = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

const here = dirname(fileURLToPath(import.meta.url));
const target = process.argv[2];
if (!target) throw new Error('build.mjs: name the folder to write to');

const bundled = await build({
  absWorkingDir: here,
  entryPoints: { app: 'src/app.ts', style: 'src/style.css' },
  outdir: join(target, 'files'),
  entryNames: '[name]-[hash]',
  bundle: true,
  write: false,
  format: 'esm',
  target: ['es2022'],
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
});

const nameOf = (path) => path.slice(path.lastIndexOf('/') + 1);
const files = bundled.outputFiles.map((file) => ({
  name: nameOf(file.path),
  hashed: true,
  bytes: Buffer.from(file.contents),
}));
const named = (start, end) =>
  files.find((file) => file.name.startsWith(start) && file.name.endsWith(end)).name;
const index = readFileSync(join(here, 'src/index.html'), 'utf8')
  .replace('app.js', named('app-', '.js'))
  .replace('style.css', named('style-', '.css'));
files.push({ name: 'index.html', hashed: false, bytes: Buffer.from(index) });
files.push({ name: 'icon.svg', hashed: false, bytes: readFileSync(join(here, 'src/icon.svg')) });

let compressed = 0;
for (const file of files) {
  file.zipped = gzipSync(file.bytes, { level: 9 });
  file.etag = createHash('sha256').update(file.bytes).digest('hex').slice(0, 32);
  compressed += file.zipped.length;
  console.log(`console: ${file.name} ${file.bytes.length} bytes, ${file.zipped.length} compressed`);
}
if (compressed > MOST_COMPRESSED_BYTES) {
  throw new Error(`the console has ${compressed} compressed bytes; ${MOST_COMPRESSED_BYTES} are allowed`);
}

const bytesOf = (bytes) => {
  const lines = [];
  for (let at = 0; at < bytes.length; at += 64) lines.push(bytes.subarray(at, at + 64).join(','));
  return lines.join(',\n');
};
const arrays = files.map((file, i) =>
  `constexpr unsigned char kPlain${i}[] = {${bytesOf(file.bytes)}};\n` +
  `constexpr unsigned char kGzipped${i}[] = {${bytesOf(file.zipped)}};\n`);
const typeOf = (name) => TYPES[name.slice(name.lastIndexOf('.') + 1)];
const rows = files.map((file, i) =>
  `    {"${file.name}", "${typeOf(file.name)}", "\\"${file.etag}\\"", ${file.hashed},\n` +
  `     Text(kPlain${i}), Text(kGzipped${i})},\n`);
const table = `// Made by server/console/build.mjs.
#include "server/console/files.h"

#include <array>

namespace tthc {
namespace {

${arrays.join('')}
template <size_t kBytes>
std::string_view Text(const unsigned char (&bytes)[kBytes]) {
  return {reinterpret_cast<const char*>(bytes), kBytes};
}

const std::array<ConsoleFile, ${files.length}> kFiles = {{
${rows.join('')}}};

}  // namespace

std::span<const ConsoleFile> ConsoleFiles() { return kFiles; }

}  // namespace tthc
`;

const folder = join(target, 'files');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const file of files) writeFileSync(join(folder, file.name), file.bytes);
writeFileSync(join(target, 'console_files.cc'), table);
