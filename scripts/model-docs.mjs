// What is generated of docs/model.md and its pictures: tables and pictures that come out of the model itself, by running
// it. `npm run docs` writes them, test/tidy compares them.

/** Pictures of docs/model.md: what `membrane model show` prints with these options. */
const pictures = {
  'tdx-old-share': { platform: 'tdx', protocol: 'old', direction: 'share', reader: true },
  'tdx-new-share': { platform: 'tdx', protocol: 'new', direction: 'share', reader: true },
  'tdx-refused-freed': { platform: 'tdx', protocol: 'old', direction: 'share', fail: 'map-gpa' },
  'snp-vtom-refused-freed': {
    platform: 'snp-vtom',
    protocol: '6.12',
    direction: 'share',
    fail: 'visibility',
    reader: true,
  },
  'cca-share': { platform: 'cca', protocol: 'new', direction: 'share', reader: true },
  'pkvm-vmalloc': { platform: 'pkvm', protocol: 'new', direction: 'share', address: 'vmalloc' },
};

const row = (cells) => `| ${cells.join(' | ')} |`;
const table = (heads, rows) =>
  [row(heads), `|${heads.map(() => '---').join('|')}|`, ...rows.map(row)].join('\n');
const number = (n) => `${n}`.replace(/\B(?=(\d{3})+$)/g, ' ');
const escaped = (text) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
const unique = (items) => [...new Set(items)];
const protocolsOf = (platform) => Object.entries(platform.protocols);

/**
 * Paths from the repository's root to texts: docs/model.md with its generated parts, and the pictures. `model` has what
 * scripts/model-parts.ts exports.
 */
export function modelPages(page, model) {
  const parts = { protocols, access, failures, properties, claims, states };
  let text = page;
  for (const [name, make] of Object.entries(parts)) {
    const marks = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`);
    if (!marks.test(text)) throw new Error(`docs/model.md has no place for ${name}`);
    text = text.replace(marks, (_, open, close) => `${open}\n${make(model)}\n\n${close}`);
  }
  const pages = new Map([['docs/model.md', text]]);
  for (const [name, options] of Object.entries(pictures))
    pages.set(
      `docs/model/${name}.svg`,
      model.transitionSvg(model.narrateTable(model.transitionTable(options, model.data))),
    );
  return pages;
}

/** Which platform runs which protocol, step by step; those that can fail in bold. */
function protocols({ data, kernelsOf }) {
  const steps = (way) => way.map(({ id, fails }) => (fails ? `**${id}**` : id)).join(', ');
  const rows = Object.values(data.platforms).flatMap((platform) =>
    protocolsOf(platform).map(([id, { ways }], i) => [
      i === 0 ? platform.title : '',
      id,
      kernelsOf(platform, id).join(', ') || 'proposed',
      steps(ways.share),
      steps(ways.unshare),
    ]),
  );
  return table(['platform', 'protocol', 'Linux', 'private to shared', 'shared to private'], rows);
}

/** What an access meets: platforms with the same answers share a row. */
function access({ data, outcomesOf, outcomeWords }) {
  const asked = [
    ['shared, page private', 'S', 'PRIV'],
    ['shared, page not accepted', 'S', 'UNVAL'],
    ['private, page not accepted', 'P', 'UNVAL'],
    ['private, page shared', 'P', 'SHARED'],
    ['private, page destroyed', 'P', 'DESTROYED'],
  ];
  const words = (platform, attribute, view, write) =>
    outcomesOf(platform, { attribute, view, write })
      .map((outcome) => outcomeWords[outcome])
      .join(', or ');
  const answer = (platform, attribute, view) => {
    // Where nobody keeps a state of a page, it is private or shared by its last write.
    if (platform.view.is === 'last-write' && ['UNVAL', 'DESTROYED'].includes(view)) return '-';
    const [read, write] = [false, true].map((w) => words(platform, attribute, view, w));
    return read === write ? read : `read: ${read}; write: ${write}`;
  };
  const groups = new Map();
  for (const platform of Object.values(data.platforms)) {
    const answers =
      platform.flips.is === 'none'
        ? asked.map(() => 'no such mapping')
        : asked.map(([, attribute, view]) => answer(platform, attribute, view));
    const key = answers.join('|');
    groups.set(key, { answers, titles: [...(groups.get(key)?.titles ?? []), platform.title] });
  }
  const rows = [...groups.values()].map(({ titles, answers }) => [titles.join(', '), ...answers]);
  return table(['platform', ...asked.map(([name]) => name)], rows);
}

/** What each failure leaves behind, and what comes of what the caller does: the newest kernel, second page of two. */
function failures(model) {
  const { data, kernelVersions, transitionTable, narrateTable } = model;
  const rows = Object.values(data.platforms).flatMap((platform) => {
    const newest = kernelVersions.findLast((version) => platform.versions[version]);
    return ['share', 'unshare'].flatMap((direction) => {
      const base = { platform: platform.id, direction, version: newest };
      const { ways } = platform.protocols[transitionTable(base, data).protocol];
      return ways[direction]
        .flatMap(({ id, title, fails = [] }) => fails.map(({ error }) => ({ id, title, error })))
        .map(({ id, title, error }) => {
          const shown = transitionTable({ ...base, fail: `${id}: ${error}` }, data);
          const narrated = narrateTable(shown);
          const at = shown.rows.findLastIndex((r) => (r.kind === 'step' && r.error) || r.kind === 'cleanup');
          const failed = shown.rows.find((r) => r.error !== undefined && r.step !== undefined);
          const left = narrated.rows[at].lines.map((line) => leftOf(line, narrated.columns)).join('; ');
          const tried = Object.fromEntries(shown.verdict.policies.map((p) => [p.policy, outcome(p.harms)]));
          const alone = shown.verdict.terminated
            ? 'the guest is terminated'
            : shown.verdict.misled
              ? `returns 0: ${outcome(shown.verdict.harms)}`
              : '';
          return [
            platform.title,
            direction === 'share' ? 'p>s' : 's>p',
            `${id} (${title})`,
            escaped(failed.error),
            escaped(left),
            alone || tried.free,
            alone ? '' : tried.leak,
            alone ? '' : tried['convert-back'],
          ];
        });
    });
  });
  const heads = ['platform', '', 'step', 'error', 'left behind', 'freed', 'leaked', 'converted back'];
  return table(heads, rows);
}

function leftOf({ pages, cells }, columns) {
  const shown = columns.flatMap(({ k, head }, i) =>
    ['entry', 'tlb', 'host'].includes(k) ? [`${head} \`${cells[i].mark.trim().replace('](', '] (')}\``] : [],
  );
  return `${pages === '' ? '' : `${pages}: `}${shown.join(' ')}`;
}

const outcome = (harms) =>
  harms.length === 0 ? 'holds' : unique(harms.map(({ actor, harm }) => `${actor}: ${harm}`)).join(', ');

function properties({ properties: names, propertyWords }) {
  return table(
    ['property', 'holds if'],
    names.map((name) => [name, propertyWords[name].holds]),
  );
}

const seeds = { '000': 'not present', '001': 'TDP MMU', '002': 'Arm CCA', '003': 'vTOM', '004': 'kexec' };

/** Every claim with what exploration finds. */
function claims(model) {
  const ran = model.claims.map((claim) => model.runClaim(claim, model.data));
  const verdicts = (runs, role) =>
    unique(runs.filter(({ run }) => run.role === role).map(({ exploration }) => exploration.verdict)).join(
      ', ',
    ) || '-';
  const rows = ran.map(({ claim, runs, asExpected }) => {
    const states = runs.map(({ exploration }) => exploration.states);
    const wrong = asExpected ? '' : ' (not as claimed)';
    return [
      claim.id,
      seeds[claim.seed],
      escaped(claim.says),
      verdicts(runs, 'claim') + wrong,
      verdicts(runs, 'twin'),
      runs.length,
      `${number(Math.min(...states))} to ${number(Math.max(...states))}`,
    ];
  });
  const runs = ran.flatMap((claim) => claim.runs);
  const states = runs.reduce((sum, { exploration }) => sum + exploration.states, 0);
  return `${table(['id', 'thread', 'claim', 'verdict', 'twin', 'runs', 'states'], rows)}

${rows.length} claims, ${runs.length} runs, ${number(states)} states; ${runs.filter((run) => !run.asExpected).length} runs are not as claimed.`;
}

/** How scenarios grow with the number of pages, the largest of each claim, and the largest of all. */
function states(model) {
  const { data, explore, build } = model;
  const sizes = model.claims.flatMap((claim) => {
    const first = claim.runs.find(({ scenario }) => scenario.family === 'transition');
    if (first === undefined) return [];
    const best = claim.runs
      .filter(({ scenario }) => scenario.family === 'transition' && !touchesPages(scenario))
      .map((run) => ({ run, grown: grow(run.scenario) }))
      .toSorted((a, b) => whole(b) - whole(a) || b.grown[2].states - a.grown[2].states)[0];
    return best === undefined ? [] : [{ claim, ...best }];
  });
  // Exploration of what breaks ends early: its states are not the whole space.
  function whole({ grown }) {
    return Number(grown.every((found) => found.verdict !== 'breaks'));
  }
  function grow(scenario) {
    return [1, 2, 3].map((pages) => explore(build({ ...scenario, pages }, data)));
  }
  const rows = sizes.map(({ claim, run, grown }) => [
    claim.id,
    escaped(run.name),
    grown[2].verdict,
    ...grown.map((found) => number(found.states)),
    number(grown[2].transitions),
  ]);
  const largest = sizes.toSorted((a, b) => b.grown[2].states - a.grown[2].states)[0];
  return `${table(['claim', 'its largest run', 'verdict', '1 page', '2 pages', '3 pages', 'steps at 3'], rows)}

The largest is ${largest.claim.id}, ${largest.run.name}: ${number(largest.grown[2].states)} states and ${number(largest.grown[2].transitions)} steps with three pages.`;
}

/** A scenario that names pages is about so many, and no others. */
function touchesPages({ caller, pages }) {
  return pages === 1 || caller.some((step) => step.pages !== undefined);
}
