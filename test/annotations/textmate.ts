import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import oniguruma from 'vscode-oniguruma';
import textmate, { type IGrammar, type IRawGrammar } from 'vscode-textmate';
import { json, root } from '../tidy/repository.ts';
import { Kinds } from './readings.ts';

const kindsOfScopes: readonly [string, string][] = [
  ['storage.type.annotation', 'm'],
  ['keyword.other.clause', 'k'],
  ['keyword.operator.word', 'k'],
  ['constant.language.state', 's'],
  ['constant.language.result', 'c'],
  ['constant.language.context', 'e'],
  ['keyword.other.unit', 'u'],
  ['support.function', 'f'],
  ['storage.type', 't'],
  ['variable.other', 'n'],
  ['variable.language', 'l'],
  ['entity.name.tag.rule', 'r'],
  ['constant.numeric', 'd'],
  ['meta.reason', 'q'],
];

let library: Promise<textmate.IOnigLib> | undefined;

function regularExpressions(): Promise<textmate.IOnigLib> {
  library ??= (async () => {
    const bytes = readFileSync(join(root, 'node_modules/vscode-oniguruma/release/onig.wasm'));
    await oniguruma.loadWASM(new Uint8Array(bytes).buffer);
    return {
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    };
  })();
  return library;
}

/** The grammar of a scope among `grammars`, with what package.json injects into it. */
export async function highlighter(
  language: string,
  grammars: (scope: string) => IRawGrammar | null,
  injected = true,
): Promise<IGrammar> {
  const contributed: { scopeName: string; path: string; injectTo: string[] }[] = injected
    ? json('package.json').contributes.grammars
    : [];
  const registry = new textmate.Registry({
    onigLib: regularExpressions(),
    async loadGrammar(scope) {
      const ours = contributed.find(({ scopeName }) => scopeName === scope);
      return ours === undefined ? grammars(scope) : json(ours.path);
    },
    getInjections: (scope) =>
      contributed.filter(({ injectTo }) => injectTo.includes(scope)).map(({ scopeName }) => scopeName),
  });
  return (await registry.loadGrammar(language))!;
}

/** Every token of a text: where it is, and its scopes but the first. */
export function tokens(grammar: IGrammar, text: string): { start: number; end: number; scopes: string[] }[] {
  let state = textmate.INITIAL;
  let start = 0;
  return text.split('\n').flatMap((line) => {
    const read = grammar.tokenizeLine(line, state);
    state = read.ruleStack;
    const from = start;
    start += line.length + 1;
    return read.tokens.map(({ startIndex, endIndex, scopes }) => ({
      start: from + startIndex,
      end: Math.min(from + endIndex, from + line.length),
      scopes: scopes.slice(1),
    }));
  });
}

/** Kinds of the words of annotations, by the scopes that are ours. */
export function textmateKinds(grammar: IGrammar, text: string): Kinds {
  const kinds = new Kinds(text);
  for (const { start, end, scopes } of tokens(grammar, text)) {
    const scope = scopes.findLast((one) => one.endsWith('.membrane')) ?? '';
    const kind = kindsOfScopes.find(([prefix]) => scope.startsWith(prefix))?.[1];
    if (kind !== undefined && scopes.includes('meta.annotation.membrane')) kinds.set({ start, end }, kind);
  }
  return kinds;
}
