import type { CancellationToken } from '../../server/src/base/token.ts';
import type { CallQuestion, ToldCall } from '../../server/src/explain/transition-call.ts';
import type { Engine, Text } from '../../server/src/features/engine.ts';
import type { Bound, Engines } from '../../server/src/hosts/lsp/engine.ts';
import type { AnnotationEntry } from '../../server/src/service-annotations.ts';
import type { Fix } from '../../server/src/service-fixes.ts';
import { noStats } from '../../server/src/service-stats.ts';
import type { Diagnostic, FileReport } from '../../server/src/service-types.ts';

/**
 * An engine of a few lines for tests of what is around it: a function is `name() {` to `}` at the start of a line, each
 * `bad` in it is a finding, an `@` in it is a parse error.
 */
export class FakeEngines implements Engines, Engine {
  checks: string[] = [];
  excluded: string[] = [];
  tree: Bound['tree'] = 'virtual';
  /** Called at the start of each check; may throw. */
  onCheck: (text: string, token: CancellationToken) => void = () => undefined;
  readonly pages = {
    rules: [{ id: 'no-bad', title: 'No bad', onByDefault: true }],
    page: (id: string) =>
      id === 'no-bad'
        ? '# no-bad\n\n## What it reports\n\nEach bad.\n\n## Why\n\nBecause.\n\n## Fix\n\nWrite good.\n'
        : null,
  };

  get effort() {
    return { done: this.checks.length };
  }

  choose(): void {}

  ready(): Promise<void> {
    return Promise.resolve();
  }

  locate(): Promise<void> {
    return Promise.resolve();
  }

  edited(): void {}

  async changed(uris: readonly string[]): Promise<boolean> {
    return uris.some((uri) => uri.endsWith('/.membrane.json'));
  }

  excludes(file: string): boolean {
    return this.excluded.includes(file);
  }

  rootOf(): string | null {
    return typeof this.tree === 'string' ? null : this.tree.root;
  }

  bind(uri: string) {
    return { engine: this, file: uri.slice(uri.lastIndexOf('/') + 1), tree: this.tree, uriOf: () => null };
  }

  matters(text: string): boolean {
    return text.includes('flip');
  }

  /** Nothing is known of paths here. */
  readonly looks = {
    lookAt: () => null,
    convertingFunctions: () => null,
    transitions: () => null,
    callersOf: () => null,
    annotations: () => null,
  };

  annotations(): readonly AnnotationEntry[] {
    return [];
  }

  call({ name }: CallQuestion): ToldCall | null {
    if (name !== 'flip') return null;
    return {
      to: 'shared',
      told: [
        {
          platform: 'tdx',
          where: 'TDX (Linux 1.0)',
          verdict: 'private -> shared.',
          units: 'Sleeps | <b>not</b> [x](y).',
          steps: [{ number: 1, title: 'turns *it*', fails: '-EIO' }],
          after: [],
        },
      ],
      others: ['CCA: the same.'],
      whole: null,
      source: 'flip.h',
    };
  }

  converts(name: string) {
    return name === 'flip' ? ('shared' as const) : null;
  }

  configured<T>(options: T): T {
    return options;
  }

  silentAt(): readonly [] {
    return [];
  }

  isSilent(): boolean {
    return false;
  }

  unusedAllows() {
    return { entries: [], level: 'warning' as const };
  }

  platforms() {
    return ['tdx' as const];
  }

  prepare(texts: readonly Text[], token: CancellationToken) {
    const text = texts.map((one) => one.text).join('');
    this.checks.push(text);
    this.onCheck(text, token);
  }

  checkFirst(): null {
    return null;
  }

  checkAll(texts: readonly Text[]) {
    return texts.map(({ file }) => this.check(file, texts).report);
  }

  fixCandidates(): readonly Fix[] {
    return [];
  }

  forget(): void {}

  forgetUnless(): void {}

  check(file: string, texts: readonly Text[]) {
    const { text } = texts.find((one) => one.file === file)!;
    const diagnostics: Diagnostic[] = [];
    const functions: { name: string; start: number; hash: string }[] = [];
    const coverage: FileReport['coverage'][number][] = [];
    let name = '';
    let offset = 0;
    text.split('\n').forEach((line, index) => {
      const head = /^(\w+)\(\) \{/.exec(line);
      if (head && name === '') {
        name = head[1]!;
        functions.push({ name, start: offset, hash: '' });
      }
      const start = functions.at(-1)?.start ?? 0;
      if (line.includes('@') || (head !== null && head[1] !== name)) {
        coverage.push({
          file,
          function: name,
          kind: 'parse-error',
          reason: 'syntax',
          span: { start: offset - start, end: offset - start + 1 },
        });
      }
      for (const match of line.matchAll(/\bbad\b/g)) {
        const at = (column: number) => ({ line: index + 1, column });
        const place = { file, start: at(match.index + 1), end: at(match.index + 4), function: name };
        const event = { k: 'entry', text: '' } as const;
        diagnostics.push({
          rule: 'no-bad',
          level: 'error',
          place,
          message: `bad in ${name}`,
          platforms: [],
          configurations: [],
          consequences: [],
          trace: [{ place, depth: 0, event, text: 'it is bad', state: 'bad', before: null, after: null }],
          related: [],
          fingerprint: `${name}${diagnostics.length}`,
        });
      }
      const last = functions.at(-1);
      if (last) last.hash += line;
      if (line.startsWith('}')) name = '';
      offset += line.length + 1;
    });
    const stats = {
      ...noStats,
      filesSearched: 1,
      filesParsed: 1,
      functions: functions.length,
      functionsWithTransitions: 1,
      transitions: 1,
    };
    return { report: { file, diagnostics, coverage, stats }, functions, config: null, usedAllows: [] };
  }
}
