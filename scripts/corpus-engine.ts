// What `npm run corpus` asks of the engine: a tree is surveyed once and kept in memory, and each question changes one file of it.
import { hashText } from '../server/src/base/hash.ts';
import { never } from '../server/src/base/token.ts';
import { NodeFileSystem } from '../server/src/hosts/node/files.ts';
import { searchedFiles } from '../server/src/hosts/node/searched-files.ts';
import { Surveyor } from '../server/src/hosts/node/survey.ts';
import type { Version, Vocabulary } from '../server/src/kernel/types.ts';
import type { CallIndex } from '../server/src/project/call-index.ts';
import { hashName, PortableCalls } from '../server/src/project/call-names.ts';
import { joinPath } from '../server/src/project/paths.ts';
import type { Crash } from '../server/src/project/pipeline.ts';
import { defaultReach, type NameIndex, reach } from '../server/src/project/reach.ts';
import { readText, scan } from '../server/src/project/read.ts';
import { Sources } from '../server/src/project/sources.ts';
import { createStages, cutOnly } from '../server/src/project/stages.ts';
import { rules } from '../server/src/rules/registry.ts';
import { Service } from '../server/src/service.ts';
import { defaultOptions } from '../server/src/service-options.ts';
import type { CheckOptions, Diagnostic, ResolvedStep } from '../server/src/service-types.ts';
import type { SyntaxBackend } from '../server/src/syntax/types.ts';
import { createWasmBackend } from '../server/src/syntax/wasm.ts';

/** A place that a finding names. */
export interface Place {
  readonly file: string;
  readonly function: string;
  readonly line: number;
}

/** A finding, in what judging a case needs of it. */
export interface Finding extends Place {
  readonly rule: string;
  readonly level: string;
  readonly message: string;
  readonly related: readonly Place[];
  /** `loses`: a transition after which the memory may be in another state than private. */
  readonly trace: readonly (Place & { readonly loses: boolean; readonly text: string })[];
}

/** What two texts of one file come to, over all files for which it makes a difference. */
export interface Comparison {
  readonly before: readonly Finding[];
  readonly after: readonly Finding[];
  /** Faults of the engine on the way. */
  readonly crashes: readonly string[];
}

/** What gives findings of a file with a text of its own. */
export interface Checks {
  /** Whether the rest of the tree is in view. */
  readonly whole: boolean;
  /** The file's own text; null where it is not at hand. */
  textOf(file: string): string | null;
  compare(file: string, before: string, after: string): Comparison;
}

/** The parser that everything is read with. */
export async function parser(runtime: Uint8Array, grammar: Uint8Array): Promise<SyntaxBackend> {
  return createWasmBackend(runtime, grammar);
}

/** All rules or those that are on by default. */
export function optionsFor(allRules: boolean): CheckOptions {
  return allRules ? { ...defaultOptions, rules: rules.map(({ id }) => id) } : defaultOptions;
}

function serviceOf(backend: SyntaxBackend, version: Version | null, crashes: string[]): Service {
  return new Service({
    stages: createStages(backend),
    version,
    rules,
    onCrash: (crash: Crash) => crashes.push(`crash in ${crash.file} ${crash.function}`),
  });
}

/** Where there is no tree of a version: each file for itself. */
export class SingleFiles implements Checks {
  readonly whole = false;
  private readonly crashes: string[] = [];
  private readonly service: Service;

  constructor(
    backend: SyntaxBackend,
    version: Version,
    private readonly options: CheckOptions,
  ) {
    this.service = serviceOf(backend, version, this.crashes);
  }

  textOf(): null {
    return null;
  }

  compare(file: string, before: string, after: string): Comparison {
    const check = (text: string) =>
      this.service.checkText(file, text, this.options, never).diagnostics.map(asFinding);
    this.crashes.length = 0;
    const result = { before: check(before), after: check(after) };
    return { ...result, crashes: [...this.crashes] };
  }
}

/** A tree in whose context files are checked. */
export class WholeTree implements Checks {
  readonly whole = true;
  private readonly crashes: string[] = [];
  private readonly service: Service;
  private readonly sources: Sources;
  private readonly known = new Map<string, readonly Finding[]>();
  private readonly names: RememberedNames;
  private readonly seeds: ReadonlySet<string>;
  /** The group that the service still has the analysis of. */
  private last = '';

  private constructor(
    private readonly root: string,
    backend: SyntaxBackend,
    version: Version,
    index: CallIndex,
    private readonly options: CheckOptions,
  ) {
    this.service = serviceOf(backend, version, this.crashes);
    this.sources = new Sources(new NodeFileSystem(), root, cutOnly);
    this.names = new RememberedNames(index);
    this.seeds = new Set(index.relevant());
  }

  /** Surveys the tree. */
  static async open(
    root: string,
    backend: SyntaxBackend,
    version: Version,
    options: CheckOptions,
  ): Promise<WholeTree> {
    const { fs, filter, calls } = searchedFiles(version);
    const surveyor = new Surveyor({ fs }, { root, paths: [root], excluded: null }, never);
    const survey = await surveyor.run({
      scan: async (files, known) => scan(fs, root, files, filter, { fs, calls, known }),
      old: null,
      now: 0,
    });
    return new WholeTree(root, backend, version, survey.index, options);
  }

  textOf(file: string): string {
    return readText(new NodeFileSystem(), joinPath(this.root, file)).text;
  }

  /** Every group that has the file or is another with one of the texts than with the other: what else cannot differ. */
  compare(file: string, before: string, after: string): Comparison {
    this.crashes.length = 0;
    const left = this.groups(file, before);
    const right = this.groups(file, after);
    const differing = (groups: Groups, other: Groups) =>
      [...groups].filter(([key, files]) => files.includes(file) || !other.has(key));
    const check = (groups: Groups, other: Groups, text: string) =>
      differing(groups, other).flatMap(([key, files]) => this.check(key, files, file, text));
    const result = { before: check(left, right, before), after: check(right, left, after) };
    return { ...result, crashes: [...this.crashes] };
  }

  private groups(file: string, text: string): Groups {
    const seeds = new Set(this.seeds);
    if (this.service.matters(text)) seeds.add(file);
    else seeds.delete(file);
    const changed = cutOnly(file, text);
    const { groups } = reach({
      seeds: [...seeds].sort(),
      index: new Overlay(this.names, file, text),
      vocabulary: this.service.vocabulary satisfies Vocabulary,
      bounds: defaultReach,
      text: (name) => (name === file ? changed : this.sources.text(name)),
      makefile: (folder) => this.sources.makefile(folder),
      token: never,
    });
    const all = groups.map(({ files, headers }) => [...files, ...headers]);
    return new Map(all.map((files) => [files.join(' '), files]));
  }

  private check(key: string, files: readonly string[], file: string, text: string): readonly Finding[] {
    const own = !files.includes(file) || this.sources.text(file)?.source.text === text;
    const asked = `${own ? '' : hashText(text)} ${key}`;
    const known = this.known.get(asked);
    if (known !== undefined) return known;
    // One group's analysis serves the next case in it; those of many would only be memory.
    if (key !== this.last) this.service.forgetAll();
    this.last = key;
    const texts = files.flatMap((name) => {
      const found = name === file ? text : this.sources.text(name)?.source.text;
      return found === undefined ? [] : [{ file: name, text: found }];
    });
    const reports = this.service.checkLinked(texts, this.options, never);
    const findings = reports.flatMap(({ diagnostics }) => diagnostics.map(asFinding));
    this.known.set(asked, findings);
    return findings;
  }
}

type Groups = ReadonlyMap<string, readonly string[]>;

/** An index that does not look for the same name twice. */
class RememberedNames implements NameIndex {
  private readonly byName = new Map<string, readonly string[]>();
  private readonly byFolder = new Map<string, readonly string[]>();

  constructor(private readonly index: NameIndex) {}

  has(file: string): boolean {
    return this.index.has(file);
  }

  filesNaming(name: string): readonly string[] {
    return this.filesNamingAll([name]).get(name)!;
  }

  filesNamingAll(names: Iterable<string>): ReadonlyMap<string, readonly string[]> {
    const all = [...names];
    const missing = all.filter((name) => !this.byName.has(name));
    // One pass over the index for many names, none for none.
    if (missing.length === 1) this.byName.set(missing[0]!, this.index.filesNaming(missing[0]!));
    else if (missing.length > 1)
      for (const [name, files] of this.index.filesNamingAll(missing)) this.byName.set(name, files);
    return new Map(all.map((name) => [name, this.byName.get(name)!]));
  }

  filesIn(folder: string): readonly string[] {
    let files = this.byFolder.get(folder);
    if (files === undefined) {
      files = this.index.filesIn(folder);
      this.byFolder.set(folder, files);
    }
    return files;
  }
}

/** The index of a tree, but for one file that has another text. */
class Overlay implements NameIndex {
  private readonly calls: ReadonlySet<number>;

  constructor(
    private readonly base: NameIndex,
    private readonly file: string,
    text: string,
  ) {
    this.calls = new Set(new PortableCalls().callsIn(new TextEncoder().encode(text)));
  }

  has(file: string): boolean {
    return file === this.file || this.base.has(file);
  }

  filesNaming(name: string): readonly string[] {
    return this.corrected(name, this.base.filesNaming(name));
  }

  filesNamingAll(names: Iterable<string>): ReadonlyMap<string, readonly string[]> {
    const found = this.base.filesNamingAll(names);
    return new Map([...found].map(([name, files]) => [name, this.corrected(name, files)]));
  }

  filesIn(folder: string): readonly string[] {
    return this.base.filesIn(folder);
  }

  private corrected(name: string, files: readonly string[]): readonly string[] {
    const there = this.calls.has(hashName(name));
    if (there === files.includes(this.file)) return files;
    return there ? [...files, this.file].sort() : files.filter((file) => file !== this.file);
  }
}

function asFinding(diagnostic: Diagnostic): Finding {
  const { rule, level, message, place, related, trace } = diagnostic;
  return {
    ...placeOf(place),
    rule,
    level,
    message,
    related: related.map((step) => placeOf(step.place)),
    trace: trace.map((step) => ({ ...placeOf(step.place), loses: loses(step), text: step.text })),
  };
}

function placeOf({ file, function: name, start }: Diagnostic['place']): Place {
  return { file, function: name, line: start.line };
}

function loses({ event, after }: ResolvedStep): boolean {
  return event.k === 'transition' && (after ?? []).some((state) => state !== 'private' && state !== 'freed');
}
