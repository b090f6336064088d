// How well kernel C is parsed: functions with parse errors, dropped #if arms by reason, time.
//   node scripts/parse-quality.mjs TREE [--every N] [--errors] [--dropped] [--calls] [FILE...]
// Without --every it looks at the files that can matter: those that name a conversion or its surroundings.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './install.mjs';
import { load } from './load.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    every: { type: 'string' },
    errors: { type: 'boolean', default: false },
    dropped: { type: 'boolean', default: false },
    calls: { type: 'boolean', default: false },
  },
});
const [tree, ...only] = positionals;
if (!tree) {
  console.error(
    'usage: node scripts/parse-quality.mjs TREE [--every N] [--errors] [--dropped] [--calls] [FILE...]',
  );
  process.exit(2);
}

const MATTERS =
  /set_memory_(?:de|en)crypted|dma_set_(?:de|en)crypted|vmbus_\w*gpadl|set_direct_map_|tdx_|sev_|swiotlb_|hv_/;
const TRANSITION =
  /\b(?:early_)?set_memory_(?:de|en)crypted\w*\s*\(|\bdma_set_(?:de|en)crypted\s*\(|\bvmbus_\w*gpadl\s*\(|\bset_direct_map_\w+\s*\(/;

const { createWasmBackend } = await load('server/src/syntax/wasm.ts');
const { cutUnit } = await load('server/src/syntax/unit.ts');
const { NodeFlag } = await load('server/src/syntax/types.ts');
const backend = await createWasmBackend(
  readFileSync(join(root, 'node_modules/web-tree-sitter/web-tree-sitter.wasm')),
  readFileSync(join(root, 'grammars/c/tree-sitter-c.wasm')),
);

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (entry.isFile() && /\.[ch]$/.test(entry.name)) yield path;
  }
}

function chosen() {
  if (only.length > 0) return only.map((file) => join(tree, file));
  const all = [...sources(tree)].sort();
  if (options.every)
    return all.filter((file) => file.endsWith('.c')).filter((_, i) => i % Number(options.every) === 0);
  return all.filter((file) => MATTERS.test(readFileSync(file, 'latin1')));
}

const sum = {
  files: 0,
  bytes: 0,
  functions: 0,
  errors: 0,
  callers: 0,
  callerErrors: 0,
  declarations: 0,
  declarationErrors: 0,
  regions: 0,
};
const reasons = new Map();
const time = { cut: 0, parse: 0 };
const files = chosen();
for (const file of files) {
  const text = readFileSync(file, 'utf8');
  const name = relative(tree, file);
  sum.files++;
  sum.bytes += text.length;
  let mark = process.cpuUsage();
  const unit = cutUnit(text, backend);
  time.cut += spent(mark);
  mark = process.cpuUsage();
  for (const slice of unit.functions) slice.tree();
  time.parse += spent(mark);
  for (const slice of unit.functions) {
    sum.functions++;
    sum.regions += slice.regions.length;
    const calls = TRANSITION.test(slice.text);
    if (calls) sum.callers++;
    if (slice.errorCount() > 0) {
      sum.errors++;
      if (calls) sum.callerErrors++;
      if (options.errors || (options.calls && calls)) report(name, text, slice);
    }
    for (const { reason, condition, span } of slice.dropped) {
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      if (options.dropped)
        console.log(
          `${name}:${lineOf(text, slice.start + span.start)}: ${slice.name}: ${reason}: ${condition}`,
        );
    }
  }
}

function spent(since) {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}

function lineOf(text, offset) {
  return text.slice(0, offset).split('\n').length;
}

function report(name, text, slice) {
  const parsed = slice.tree();
  let at = 0;
  while (!(parsed.flags[at] & (NodeFlag.error | NodeFlag.missing))) at++;
  const start = parsed.start[at];
  const line = slice.normalised.slice(slice.normalised.lastIndexOf('\n', start - 1) + 1).split('\n');
  console.log(
    `${name}:${lineOf(text, slice.start + start)}: ${slice.name}: ${backend.grammar.typeName(parsed.type[at])}`,
  );
  for (const part of line.slice(0, 3)) console.log(`    ${part}`);
}

const percent = (part, whole) => `${((100 * part) / Math.max(whole, 1)).toFixed(3)} %`;
const kilobytes = sum.bytes / 1024;
console.log(
  `${sum.files} files, ${Math.round(kilobytes)} KB, ${sum.functions} functions, ${sum.regions} #if regions kept`,
);
console.log(`functions with parse errors: ${sum.errors} (${percent(sum.errors, sum.functions)})`);
console.log(`functions that call a transition: ${sum.callers}, with parse errors: ${sum.callerErrors}`);
console.log(`dropped arms: ${[...reasons].map(([reason, n]) => `${reason} ${n}`).join(', ') || 'none'}`);
console.log(
  `CPU: cut ${(time.cut / kilobytes).toFixed(1)} us/KB, normalise and parse ${(time.parse / kilobytes).toFixed(1)} us/KB`,
);
