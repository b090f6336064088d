/**
 * What a folder's Makefile says of which source files are linked into one module. Source: Documentation/kbuild/makefiles.rst,
 * section 3.3 ("Loadable module goals"): `foo-y := a.o b.o`, `foo-objs := a.o b.o`, `foo-$(CONFIG_BAR) += c.o`.
 */
export type Modules = readonly ReadonlySet<string>[];

/** Prefixes that name lists of goals, not modules. */
const goals = new Set([
  'obj',
  'lib',
  'subdir',
  'ccflags',
  'asflags',
  'ldflags',
  'extra',
  'always',
  'targets',
  'hostprogs',
]);

const assignment = /^[ \t]*([\w.-]+?)-(?:objs|y|m|\$\([A-Z]\w*\))[ \t]*(?::=|\+=|=|\?=)[ \t]*(.*)$/gm;

/** Source files of one module each, relative to the folder. */
export function modulesOf(makefile: string): Modules {
  const byName = new Map<string, Set<string>>();
  for (const [, name, list] of makefile.replace(/\\\r?\n/g, ' ').matchAll(assignment)) {
    if (goals.has(name!)) continue;
    const files = byName.get(name!) ?? new Set<string>();
    byName.set(name!, files);
    for (const [, file] of list!.replace(/#.*/, '').matchAll(/([\w./-]+)\.o\b/g)) files.add(`${file}.c`);
  }
  return [...byName.values()].filter((files) => files.size > 1);
}
