import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claims } from '../../server/src/model/claims/registry.ts';
import { explore } from '../../server/src/model/core/explore.ts';
import { data } from '../../server/src/model/data.ts';
import { build } from '../../server/src/model/scenario.ts';
import type {
  Direction,
  PlatformName,
  Platforms,
  TransitionStep,
} from '../../server/src/model/transition/platform.ts';
import { platforms } from '../../server/src/model/transition/platforms/index.ts';
import { type Mutant as Mutated, mutantsOf, verdictOf } from './mutants.ts';

/**
 * Every step of every transition, left out or swapped with its neighbour, changes the verdict of some claim. Those that
 * cannot are here, with the reason. `test/model/{kexec,sept}.test.ts` do the same for their protocols.
 */

interface Neutral {
  /** Platforms and protocols, as regular expressions; left out: all. */
  readonly platform?: RegExp;
  readonly protocol?: RegExp;
  readonly way?: Direction;
  readonly change: RegExp;
  readonly because: string;
}

const neutral: readonly Neutral[] = [
  {
    change: /^drop flush-tlb after [\w-]+ failed$/,
    because:
      'after a failure nobody is promised what a mapping is, and a conversion back flushes before it says that it worked',
  },
  {
    change: /^swap unalias (flush-cache|clear-present|set-attribute|map-gpa)$/,
    protocol: /^(old|new|6\.12|7\.3)$/,
    platform: /^(sme|sev|snp|tdx|snp-vtom|tdx-paravisor)$/,
    because: 'aliases must be gone when the attribute is visible; before that the order is free',
  },
  {
    change: /^swap flush-cache (clear-present|set-attribute|pvalidate|map-gpa)$/,
    because:
      'the cache must be clean before somebody writes under the new attribute, which is after the last step',
  },
  {
    change: /^swap set-attribute flush-tlb$/,
    platform: /^(sme|sev|tdx|snp-vtom|tdx-paravisor)$/,
    protocol: /^new$/,
    because:
      'K10: while the entry is not present nothing is cached, so the flush may come before the attribute',
  },
  {
    change: /^swap set-attribute flush-tlb$/,
    platform: /^snp$/,
    protocol: /^new$/,
    way: 'unshare',
    because: 'K10; the other way K3 without step 3 has nothing else to keep a stale private entry away',
  },
  {
    change: /^swap (flush-not-present set-attribute|set-attribute flush-tlb|flush-tlb (visibility|track))$/,
    protocol: /^(6\.12|7\.3)$/,
    because: 'K10: after the first flush nothing is cached while the entry is not present',
  },
  {
    change: /^(drop (flush-not-present|flush-tlb)|swap clear-present flush-not-present)$/,
    protocol: /^(6\.12|7\.3)$/,
    because: 'set_memory_np() and the common code both flush: either does',
  },
  {
    change: /^(drop clear-present|swap (clear-present set-attribute|flush-tlb set-present))$/,
    platform: /^(sme|sev)$/,
    because: 'no host keeps a state of the page: what strays in reads ciphertext',
  },
  {
    change: /^swap clear-present set-attribute$/,
    platform: /^snp$/,
    way: 'share',
    because: 'a shared mapping of a private page reads ciphertext (K3)',
  },
  {
    change: /^drop pvalidate$/,
    platform: /^snp$/,
    way: 'share',
    because:
      'a page that the host took back is not validated any more: the GHCB protocol wants it rescinded first, no access tells',
  },
  {
    change: /^swap (psc set-attribute|flush-tlb psc)$/,
    platform: /^snp$/,
    protocol: /^old$/,
    because:
      'with PRESENT kept there is a window either way, and the guest fixes up what strays into it (K1)',
  },
  {
    change: /^swap flush-tlb visibility$/,
    protocol: /^old$/,
    because: 'with PRESENT kept there is a window either way, and K2 breaks in it',
  },
  {
    change: /^swap (flush-tlb map-tmp|map-tmp psc|psc unmap-tmp)$/,
    platform: /^snp$/,
    because: 'the page state is asked for by physical address: only PVALIDATE needs the mapping',
  },
  {
    change: /^swap flush-tmp set-present$/,
    platform: /^snp$/,
    because: 'the temporary address must be gone before the call returns, no earlier',
  },
];

interface Mutant extends Mutated<TransitionStep> {
  readonly platform: PlatformName;
  readonly protocol: string;
  readonly way: Direction;
}

/** Besides the steps themselves: what they clean up after a failure, each left out. */
function cleanupsLeftOut(steps: readonly TransitionStep[]): readonly Mutated<TransitionStep>[] {
  return steps.flatMap((step, i) =>
    (step.fails ?? []).flatMap((failure, f) =>
      (failure.cleanup ?? []).map((cleanup, c) => {
        const fails = step.fails!.with(f, { ...failure, cleanup: failure.cleanup!.toSpliced(c, 1) });
        return {
          change: `drop ${cleanup.id} after ${step.id} failed`,
          steps: steps.with(i, { ...step, fails }),
        };
      }),
    ),
  );
}

const mutants: readonly Mutant[] = Object.values(platforms).flatMap((platform) =>
  Object.values(platform.protocols).flatMap((protocol) =>
    (['share', 'unshare'] as const).flatMap((way) =>
      [...mutantsOf(protocol.ways[way]), ...cleanupsLeftOut(protocol.ways[way])].map((mutant) => ({
        platform: platform.id,
        protocol: protocol.id,
        way,
        ...mutant,
      })),
    ),
  ),
);

/** The platform data with one list of steps replaced. */
function changed({ platform: id, protocol: name, way, steps }: Mutant): Platforms {
  const platform = platforms[id];
  const protocol = platform.protocols[name]!;
  const ways = { ...protocol.ways, [way]: steps };
  return {
    ...platforms,
    [id]: { ...platform, protocols: { ...platform.protocols, [name]: { ...protocol, ways } } },
  };
}

function verdictsOf(mutant: Mutant, withPlatforms: Platforms): string[] {
  const asked = claims
    .flatMap((claim) => claim.runs)
    .filter(
      ({ scenario }) =>
        scenario.family === 'transition' &&
        scenario.platform === mutant.platform &&
        scenario.protocol === mutant.protocol,
    );
  return asked.flatMap(({ scenario, expect }) => {
    const verdict = verdictOf(() => explore(build(scenario, { ...data, platforms: withPlatforms })));
    return verdict === null || verdict === expect ? [] : [verdict];
  });
}

const excuses = (mutant: Mutant): readonly Neutral[] =>
  neutral.filter(
    (n) =>
      n.change.test(mutant.change) &&
      (n.platform?.test(mutant.platform) ?? true) &&
      (n.protocol?.test(mutant.protocol) ?? true) &&
      (n.way === undefined || n.way === mutant.way),
  );

const survivors = mutants.filter((mutant) => verdictsOf(mutant, changed(mutant)).length === 0);
const named = ({ platform, protocol, way, change }: Mutant): string =>
  `${platform} ${protocol} ${way}: ${change}`;

test('every step of every transition, left out or swapped, changes a verdict or has a reason not to', () => {
  assert.ok(mutants.length > 300, `${mutants.length} mutants`);
  assert.deepEqual(survivors.filter((mutant) => excuses(mutant).length === 0).map(named), []);
});

test('every reason is needed', () => {
  const unused = neutral.filter((n) => !survivors.some((mutant) => excuses(mutant).includes(n)));
  assert.deepEqual(
    unused.map((n) => n.because),
    [],
  );
});

test('no reason excuses a change that matters', () => {
  const killed = mutants.filter((mutant) => !survivors.includes(mutant));
  assert.deepEqual(killed.filter((mutant) => excuses(mutant).length > 0).map(named), []);
});
