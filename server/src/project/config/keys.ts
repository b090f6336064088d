import { ALL_PLATFORMS } from '../../kernel/platforms.ts';
import type { AllocRow, Failure, MemoryKind, SameRow, SizeUnit, TransitionRow } from '../../kernel/types.ts';
import { contractsShape } from './contracts.ts';
import {
  choice,
  either,
  flag,
  type JsonSchema,
  list,
  maybe,
  needed,
  object,
  pair,
  type Read,
  record,
  text,
  whole,
} from './shape.ts';

/** Rows of a vocabulary that anybody writes by hand; a longer list would only take time from the search for its names. */
const mostTransitions = 100;
const mostRows = 1000;
const mostGlobs = 500;

/** An argument of a call, from 0. */
const argument = whole(0, 31);
const cName = text('a name of C', '^[A-Za-z_][A-Za-z0-9_]{0,79}$');
const platform = choice(ALL_PLATFORMS);

const units = choice({
  bytes: 'bytes',
  pages: 'pages of PAGE_SIZE',
  hvpages: 'pages of the hypervisor, 4 KiB each',
  order: 'an order: log2 of a number of pages',
} satisfies Record<SizeUnit, string>);

const kinds = choice({
  page: 'pages of the page allocator: alloc_pages(), __get_free_pages()',
  exact: 'alloc_pages_exact()',
  slab: 'kmalloc() and caches; shares its page with other objects',
  vmalloc: 'vmalloc(): outside of the linear map',
  kvmalloc: 'kvmalloc(): slab or vmalloc',
  vmap: 'pages mapped by vmap()',
  percpu: 'alloc_percpu()',
  memblock: 'memblock, at boot',
  cma: 'the contiguous memory allocator',
  pool: 'a pool, as gen_pool: what it hands out was converted before, or may have been',
  dma: 'the DMA API, which converts by itself',
  user: 'pages of user space',
  folio: 'folios',
} satisfies Record<MemoryKind, string>);

const size = either({
  arg: object({
    arg: needed('The argument that says how much, from 0.', argument),
    unit: needed('What it counts.', units),
  }),
  product: object({
    product: needed(
      'Two arguments whose product is the size in bytes, as n and size of kcalloc().',
      pair(argument),
    ),
  }),
  count: object({
    count: needed('So much with every call.', whole(1, 1 << 20)),
    unit: needed('What that counts.', units),
  }),
});

const allocator = object({
  name: needed('The function or macro.', cName),
  kind: needed('What kind of memory it gives.', kinds),
  size: maybe('How much. Left out: unknown.', size),
  failure: maybe(
    "How it tells that there is none. Left out: 'null'.",
    choice({ null: 'NULL', errptr: 'ERR_PTR()', none: 'it cannot fail' } satisfies Partial<
      Record<Failure, string>
    >),
  ),
  out: maybe(
    'The memory comes out through this pointer argument, from 0, and the call returns 0 or an error. Left out: it is the return value.',
    argument,
  ),
  gfp: maybe('The argument with the gfp flags, from 0: __GFP_ZERO in it gives zeroed memory.', argument),
  zeroed: maybe('It always gives zeroed memory. Left out: as the gfp flags say, else no.', flag()),
  wholePages: maybe(
    'The memory begins at a page and shares its pages with nobody. Left out: as usual for its kind.',
    flag(),
  ),
  fresh: maybe(
    "What new memory is. Left out: 'private'.",
    choice({
      private: 'nobody has shared it',
      shared: 'it is shared already',
      any: 'either, as from a pool; nothing is said of its state',
    } satisfies Record<NonNullable<AllocRow['fresh']>, string>),
  ),
  managed: maybe('Somebody else frees it at the end, as with devm_*().', flag()),
});

const freeing = object({
  name: needed('The function or macro.', cName),
  kind: needed('What kind of memory it takes.', kinds),
  address: maybe('The argument that is freed, from 0. Left out: 0.', argument),
  size: maybe('How much. Left out: all that was allocated.', size),
  reference: maybe('It takes a reference away, and frees when that was the last.', flag()),
  deferred: maybe('It frees later, when no reader can have it any more, as kfree_rcu().', flag()),
});

const transition = object({
  name: needed('The function or macro.', cName),
  to: needed(
    'What the memory is afterwards.',
    choice({ shared: 'the host may read and write it', private: 'the guest alone has it' } satisfies Record<
      TransitionRow['to'],
      string
    >),
  ),
  extent: needed('How much it converts.', size),
  address: maybe('The argument that says where, from 0. Left out: 0.', argument),
  addressIs: maybe(
    "What that argument is. Left out: 'va'.",
    choice({
      va: 'a virtual address',
      pfn: 'a page frame number',
      phys: 'a physical address',
      page: 'a struct page',
    } satisfies Record<TransitionRow['addressView'], string>),
  ),
  failure: maybe(
    "Which results say that it failed. Left out: 'negative'.",
    choice({
      negative: 'less than 0',
      positive: 'greater than 0',
      nonzero: 'anything but 0',
      false: 'false; true is success',
      none: 'it cannot fail, or does not say',
    } satisfies Partial<Record<Failure, string>>),
  ),
  sleeps: maybe('It may sleep. Left out: true.', flag()),
  platforms: maybe('The platforms on which it does anything. Left out: all.', list(platform, 20)),
  parameters: maybe('Names of its parameters, for showing the call.', list(cName, 32)),
  ownSteps: maybe(
    'It does other things than set_memory_decrypted() and set_memory_encrypted() do on a platform, so that nothing is said of what a mistake with it leads to.',
    flag(),
  ),
});

const guard = object({
  name: needed(
    'The function, macro or variable; a variable may be a member, as ms_hyperv.paravisor_present.',
    text('a name of C', '^[A-Za-z_][A-Za-z0-9_]{0,79}(\\.[A-Za-z_][A-Za-z0-9_]{0,79}){0,3}$'),
  ),
  form: maybe(
    "How it is asked. Left out: 'call'.",
    choice({ call: 'foo_is_guest()', variable: 'if (foo_guest)', macro: 'CONFIG_FOO' }),
  ),
  selector: maybe(
    'The argument that selects what is asked, as CC_ATTR_MEM_ENCRYPT in cc_platform_has().',
    object({
      arg: needed('The argument, from 0.', argument),
      name: needed('What stands there.', cName),
    }),
  ),
  trueOn: needed('Platforms on which it may be true; on all others it is false.', list(platform, 20)),
  falseOn: maybe('Platforms on which it may be false. Left out: all.', list(platform, 20)),
});

const views = {
  va: 'a virtual address',
  page: 'a struct page',
  pfn: 'a page frame number',
  phys: 'a physical address',
  folio: 'a struct folio',
  dma: 'a DMA address',
  any: 'any of these',
} satisfies Record<SameRow['to'], string>;

const address = object({
  name: needed('The function or macro, as page_address() or virt_to_page().', cName),
  arg: maybe('The argument whose memory the result is, from 0. Left out: 0.', argument),
  from: needed(
    'What that argument is.',
    choice({ ...views, vmalloc: 'an address of vmalloc(), whose page has another address' } satisfies Record<
      SameRow['from'],
      string
    >),
  ),
  to: needed('What the result is.', choice(views)),
});

const vocabulary = object(
  {
    allocators: maybe(
      'Functions that give memory.',
      list(allocator, mostRows, ({ name }) => name),
    ),
    frees: maybe(
      'Functions that take memory back.',
      list(freeing, mostRows, ({ name }) => name),
    ),
    transitions: maybe(
      'Functions that make memory shared or private.',
      list(transition, mostTransitions, ({ name }) => name),
    ),
    guards: maybe(
      'What says on which platform the kernel runs.',
      list(guard, mostRows, ({ name, selector }) =>
        selector === undefined ? name : `${name}(${selector.name})`,
      ),
    ),
    addresses: maybe(
      'Functions that give another address of the same memory.',
      list(address, mostRows, ({ name }) => name),
    ),
  },
  true,
);

/** The vocabulary as the file has it. */
export type VocabularyKeys = Read<typeof vocabulary>;

/** What the file can set a rule to. */
const levels = choice({
  error: 'an error, where every step is certain',
  warning: 'a warning',
  info: 'an information',
  hint: 'a hint',
  off: 'not at all',
});

/** A rule as far as the file names it. */
export interface NamedRule {
  readonly id: string;
  readonly title: string;
}

/** The shape of `.membrane.json`; `rules`: those that it may set. */
export function fileShape(rules: readonly NamedRule[]) {
  const titles = Object.fromEntries(rules.map(({ id, title }) => [id, title]));
  return object(
    {
      $schema: maybe('Where the schema of this file is, for editors that ask for it.', text()),
      vocabulary: maybe(
        'What this tree calls things: its own allocators, frees, transitions and guards, beside those of the kernel.',
        vocabulary,
      ),
      contracts: maybe(
        'What functions do, by their names, in the language of annotations: "foo_share": "flips buf[n pages]: shared, unknown on error". It is believed where no body is in view, and held against one that is.',
        contractsShape(),
      ),
      allow: maybe(
        'Findings that are right and stay: a rule, a file, a function, and why.',
        list(
          object({
            rule: needed('The rule.', choice(titles)),
            file: needed('The file, relative to this folder.', text('a path', '[^/]')),
            function: maybe('The function. Left out: all of the file.', cName),
            reason: needed('Why.', text('a reason', '[\\p{L}\\p{N}]')),
          }),
          mostRows,
          ({ rule, file, function: name }) => `${rule} ${file} ${name ?? ''}`,
        ),
      ),
      exclude: maybe(
        'Files and folders to leave out: globs relative to this folder, or names at any depth, as --exclude takes them.',
        list(text('a glob that is not empty', '[^/.]'), mostGlobs),
      ),
      rules: maybe(
        'Levels of rules, `off` to silence one. Settings of an editor and options of the command line win over it.',
        record(titles, levels, 'rule'),
      ),
      baseline: maybe(
        'A file with findings that are known and not reported, relative to this folder. `membrane check --write-baseline` writes it.',
        text(
          "a path of a .json file below this folder, with '/' and without '..'",
          '^(?!/)(?![A-Za-z]:)(?!(.*/)?\\.\\.?/)[^\\\\]*[^/\\\\]\\.json$',
        ),
      ),
    },
    true,
  );
}

/** The JSON schema of `.membrane.json`, draft 7. */
export function fileSchema(rules: readonly NamedRule[]): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Membrane',
    description: 'What Membrane should know about this tree.',
    allowComments: true,
    allowTrailingCommas: true,
    ...fileShape(rules).schema,
  };
}

/** What the file says, once it was read. */
export type FileKeys = Read<ReturnType<typeof fileShape>>;
