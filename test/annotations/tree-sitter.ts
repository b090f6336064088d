import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Language, type Node, Parser, Query } from 'web-tree-sitter';
import { folded, hasWord } from '../../server/src/annotations/lex.ts';
import { printNote } from '../../server/src/annotations/print.ts';
import { text as read, root } from '../tidy/repository.ts';
import { Kinds, type Reading, type ReadNote } from './readings.ts';

const kindsOfCaptures: Readonly<Record<string, string>> = {
  'keyword.directive': 'm',
  keyword: 'k',
  'keyword.operator': 'k',
  'constant.builtin.state': 's',
  'constant.builtin.result': 'c',
  'constant.builtin.context': 'e',
  attribute: 'u',
  variable: 'n',
  'variable.member': 'n',
  'variable.builtin': 'l',
  'function.call': 'f',
  'function.builtin': 'f',
  type: 't',
  number: 'd',
  label: 'r',
  comment: 'q',
};

/** Reads annotations as an editor does: our queries find the comments in the tree of C, and the words in the tree of each. */
export async function treeSitter(): Promise<(text: string) => Reading> {
  await Parser.init({
    wasmBinary: readFileSync(join(root, 'node_modules/web-tree-sitter/web-tree-sitter.wasm')),
  });
  const [c, ours] = await Promise.all(
    ['c/tree-sitter-c.wasm', 'membrane/tree-sitter-membrane.wasm'].map((file) =>
      Language.load(readFileSync(join(root, 'grammars', file))),
    ),
  );
  const parsers = [c!, ours!].map((language) => new Parser().setLanguage(language));
  const injections = new Query(c!, read('grammars/membrane/queries/injections-c.scm'));
  const highlights = new Query(ours!, read('grammars/membrane/queries/highlights.scm'));
  return (text) => {
    const kinds = new Kinds(text);
    const file = parsers[0]!.parse(text)!;
    const notes = injections.captures(file.rootNode).flatMap(({ node: comment }) => {
      const tree = parsers[1]!.parse(comment.text)!;
      for (const { name, node } of highlights.captures(tree.rootNode)) {
        const [start, end] = [node.startIndex + comment.startIndex, node.endIndex + comment.startIndex];
        const kind = kindsOfCaptures[name];
        if (kind !== undefined) kinds.set({ start, end }, kind);
        else if (!/^punctuation|^operator$/.test(name)) throw new Error(`no kind of @${name}`);
      }
      const found = notesOf(tree.rootNode);
      tree.delete();
      return found;
    });
    file.delete();
    return { kinds, notes };
  };
}

/** Annotations of a comment with the clauses in which, and beside which, nothing is wrong. */
function notesOf(comment: Node): ReadNote[] {
  const notes: { head: string; clauses: string[][] }[] = [];
  for (const node of comment.children) {
    if (node!.isError) notes.at(-1)?.clauses.at(-1)?.push('wrong', 'wrong');
    if (node!.type !== 'note') continue;
    const clauses: string[][] = [[]];
    for (const part of node!.children) {
      if (part!.type === ';') clauses.push([]);
      else if (part!.hasError || part!.isMissing) clauses.at(-1)!.push('wrong', 'wrong');
      else if (clauseTypes.has(part!.type)) clauses.at(-1)!.push(clause(part!));
    }
    const reason = folded(node!.childForFieldName('reason')?.text ?? '');
    const marker = node!.childForFieldName('marker')!.text as 'coco:';
    notes.push({
      head: printNote({ marker, clauses: [], reason: hasWord(reason) ? reason : null }),
      clauses,
    });
  }
  return notes.map(({ head, clauses }) => ({
    head,
    clauses: clauses.filter((one) => one.length === 1).flat(),
  }));
}

const clauseTypes = new Set(['requires', 'effect', 'owner', 'flag', 'context', 'allow']);

/** A clause in its one form. */
function clause(node: Node): string {
  const field = (name: string) => node.childForFieldName(name)!;
  const all = (type: string) => node.children.filter((child) => child!.type === type).map((child) => child!);
  const states = all('state').map(words).join(' or ');
  switch (node.type) {
    case 'requires':
      return `requires ${region(field('region'))}: ${states}`;
    case 'effect':
      return `${words(field('verb'))} ${region(field('region'))}: ${all('case').map(oneCase).join(', ')}`;
    case 'owner':
      return `${words(field('verb'))} ${region(field('region'))}${on(node)}`;
    case 'flag':
      return `flag ${all('!').map(words)}${words(field('flag'))} means ${region(field('region'))}: ${states}`;
    case 'context':
      return `context: ${all('entry').map(words)}`;
    default:
      return `allow ${all('rule').map(words).join(', ')}`;
  }
}

function oneCase(node: Node): string {
  const outcomes = node.children.filter((child) => child!.type === 'outcome').map((child) => child!.text);
  return outcomes.join(' or ') + (node.children.at(-1)!.type === 'otherwise' ? ' otherwise' : on(node));
}

function on(node: Node): string {
  const result = node.childForFieldName('on');
  return result === null ? '' : ` on ${words(result)}`;
}

function region(node: Node): string {
  const extent = node.childForFieldName('extent');
  const place = words(node.childForFieldName('place')!);
  if (extent === null) return place;
  return `${place}[${expression(extent.childForFieldName('amount')!)} ${extent.childForFieldName('unit')!.text}]`;
}

/** An expression as the kernel writes it: blanks around binary operators only. */
function expression(node: Node): string {
  let text = '';
  let operand = false;
  for (const child of node.children) {
    const isOperator = /^(?:[-*/%+&|^]|<<|>>)$/.test(child!.type);
    text += isOperator && operand ? ` ${child!.text} ` : part(child!);
    operand = !isOperator && child!.type !== '~';
  }
  return text;
}

function part(node: Node): string {
  const inner = node.children
    .filter((child) => child!.type === 'expression')
    .map((child) => expression(child!));
  if (node.type === 'parentheses') return `(${inner[0]})`;
  if (node.type === 'call') return `${node.childForFieldName('function')!.text}(${inner.join(', ')})`;
  if (node.type !== 'sizeof') return words(node);
  const type = node.children.find((child) => child!.type === 'type');
  return `sizeof(${
    type
      ? type.children
          .map((word) => word!.text)
          .join(' ')
          .replace(/\* (?=\*)/g, '*')
      : inner[0]
  })`;
}

/** The words and marks below a node, without blanks. */
function words(node: Node): string {
  return node.childCount === 0 ? node.text : node.children.map((child) => words(child!)).join('');
}
