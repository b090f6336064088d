// node scripts/icon.mjs: draws client/icon.png, so that the picture has a source. A row of pages, a membrane across it, one page on its way through.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { root } from './install.mjs';
import { crc32 } from './zip.mjs';

const size = 128;
/** Samples along each side of a pixel. */
const fine = 4;

const night = [24, 32, 48];
const hidden = [70, 110, 180];
const shared = [240, 160, 60];
const skin = [225, 232, 240];

/** The colour at a point of the unit square. */
function colourAt(x, y) {
  const corner = 0.16;
  const dx = Math.max(corner - x, x - (1 - corner), 0);
  const dy = Math.max(corner - y, y - (1 - corner), 0);
  if (Math.hypot(dx, dy) > corner) return null;
  const wave = 0.5 + 0.05 * Math.sin(y * Math.PI * 4);
  if (Math.abs(x - wave) < 0.022) return skin;
  for (let row = 0; row < 3; row++) {
    const top = 0.17 + row * 0.24;
    const left = row === 1 ? 0.4 : 0.13;
    const inside = x > left && x < left + 0.22 && y > top && y < top + 0.17;
    if (inside) return row === 1 && x > wave ? shared : hidden;
    const beyond = 0.66;
    if (row !== 1 && x > beyond && x < beyond + 0.22 && y > top && y < top + 0.17) return shared;
  }
  return night;
}

function pixel(column, row) {
  const sum = [0, 0, 0, 0];
  for (let i = 0; i < fine * fine; i++) {
    const x = (column + ((i % fine) + 0.5) / fine) / size;
    const y = (row + (Math.floor(i / fine) + 0.5) / fine) / size;
    const colour = colourAt(x, y);
    if (colour === null) continue;
    for (let c = 0; c < 3; c++) sum[c] += colour[c];
    sum[3]++;
  }
  if (sum[3] === 0) return [0, 0, 0, 0];
  return [...sum.slice(0, 3).map((c) => Math.round(c / sum[3])), Math.round((sum[3] * 255) / (fine * fine))];
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const result = Buffer.alloc(body.length + 8);
  result.writeUInt32BE(data.length, 0);
  body.copy(result, 4);
  result.writeUInt32BE(crc32(body), body.length + 4);
  return result;
}

const head = Buffer.alloc(13);
head.writeUInt32BE(size, 0);
head.writeUInt32BE(size, 4);
head.set([8, 6, 0, 0, 0], 8);
const rows = [];
for (let row = 0; row < size; row++) {
  rows.push(0);
  for (let column = 0; column < size; column++) rows.push(...pixel(column, row));
}
const png = Buffer.concat([
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
  chunk('IHDR', head),
  chunk('IDAT', deflateSync(Buffer.from(rows), { level: 9 })),
  chunk('IEND', Buffer.alloc(0)),
]);
writeFileSync(join(root, 'client/icon.png'), png);
