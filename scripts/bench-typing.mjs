// What an editor feels like while somebody types: edits at a fixed pace, a hover after each; then many more, for the memory.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { checkedTogether, edit, open, quantile, residentMegabytes, typing } from './bench-session.mjs';

/** Milliseconds between two edits, and of a rest. */
const pace = 50;
const rest = 10_000;
const limits = { hoverP95Ms: 30, growth: 1.1 };

/**
 * Rows of the table: `paced` edits, twenty a second, into a function of `file` with a hover on a transition of it after each;
 * then as many edits as make `many`, one after the other.
 */
export async function benchTyping(source, file, inside, call, { paced, many }) {
  const uri = pathToFileURL(join(source, file)).href;
  const cache = mkdtempSync(join(tmpdir(), 'membrane-bench-'));
  const settings = { cache: { directory: cache } };
  const session = await open(source, 'push', uri, readFileSync(join(source, file), 'utf8'), settings);
  try {
    await checkedTogether(session.client, [uri]);
    const changes = typing(session.text, many, inside);
    const line = session.text.slice(0, session.text.search(call)).split('\n').length - 1;
    const character = /\w+\(/.exec(call.exec(session.text)[0]).index;
    const hover = () =>
      session.client.request('textDocument/hover', {
        textDocument: { uri },
        // The first change puts a line above.
        position: { line: line + 1, character },
      });
    const answers = [];
    const empty = [];
    let silent = 0;
    let from = performance.now();
    for (const [i, change] of changes.slice(0, paced).entries()) {
      const due = from + i * pace;
      await sleep(Math.max(0, due - performance.now()));
      send(session, uri, change, i + 2);
      const asked = performance.now();
      const answer = await hover();
      answers.push(answer.at - asked);
      if (!answer.result) silent++;
      if (i % 20 !== 0) continue;
      from = Math.max(from, performance.now() - (i + 1) * pace);
      const sent = performance.now();
      empty.push((await session.client.request('membrane/nothing', null).catch((error) => error)).at - sent);
    }
    const half = Math.floor(many / 2);
    let early = Number.NaN;
    for (const [i, change] of changes.entries()) {
      if (i < paced) continue;
      if (i === half) early = await settled(session);
      await edit(session, 'push', uri, change, i + 2, 20_000);
    }
    const late = await settled(session);
    const of = 'empty round trip';
    const baseline = quantile(empty, 0.5);
    const what = `hover during ${paced} edits, 20 a second`;
    return [
      { what: `${what}, p50`, unit: 'ms', value: quantile(answers, 0.5), baseline, of },
      {
        what: `${what}, p95`,
        unit: 'ms',
        value: quantile(answers, 0.95),
        baseline,
        of,
        limit: limits.hoverP95Ms,
      },
      { what: `${what}, slowest`, unit: 'ms', value: Math.max(...answers), baseline, of },
      { what: `${what}, without an answer`, unit: '', value: silent, limit: 0 },
      {
        what: `server's memory after ${many} edits`,
        unit: 'MB',
        value: late,
        baseline: early,
        of: `after ${half}`,
        limit: limits.growth * early,
      },
    ];
  } finally {
    await session.client.stop();
    rmSync(cache, { recursive: true, force: true });
  }
}

/** Resident megabytes after a rest: whoever types leaves V8 the time to collect garbage, edits one after the other do not. */
async function settled({ client }) {
  await sleep(rest);
  return residentMegabytes(client.process.pid);
}

/** Tells the server of an edit, and waits for nothing. */
function send(session, uri, change, version) {
  session.text =
    session.text.slice(0, change.offset) + change.insert + session.text.slice(change.offset + change.remove);
  session.client.notify('textDocument/didChange', {
    textDocument: { uri, version },
    contentChanges: session.incremental
      ? [{ range: change.range, text: change.insert }]
      : [{ text: session.text }],
  });
}
