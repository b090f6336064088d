import type { ConfigLiteral } from '../syntax/types.ts';
import { exprText } from './text.ts';
import type { Block, Expr, Instr, IrFunction, Terminator, TypeRef } from './types.ts';

export { exprText } from './text.ts';

/** A function's IR as text: a header, the blocks, one instruction a line. The same function gives the same text. */
export function dumpFunction(fn: IrFunction): string {
  const parameters = fn.variables.slice(0, fn.parameterCount).map((v) => declarationText(v.type, v.name));
  if (fn.variadic) parameters.push('...');
  const storage = `${fn.isStatic ? 'static ' : ''}${fn.isInline ? 'inline ' : ''}`;
  const lines = [`${storage}${declarationText(fn.returnType, fn.name)}(${parameters.join(', ') || 'void'})`];
  if (fn.attributes.length > 0) lines.push(`  attributes ${fn.attributes.join(' ')}`);
  if (fn.presence.length > 0) lines.push(`  presence ${fn.presence.map(literalText).join(' && ')}`);
  for (const v of fn.variables.slice(fn.parameterCount)) {
    const cleanup = v.cleanup === null ? '' : ` __free(${v.cleanup})`;
    lines.push(`  ${v.storage} ${declarationText(v.type, v.name)}${cleanup}`);
  }
  if (fn.parseErrors > 0) lines.push(`  parse errors ${fn.parseErrors}`);
  for (const block of fn.blocks) lines.push(...blockLines(fn, block));
  return `${lines.join('\n')}\n`;
}

/** `type name` as C has it: the name stands within the stars and brackets. */
export function declarationText(type: TypeRef, name: string): string {
  const text = type.text || '?';
  const pointer = /\(\*+(?=\))/.exec(text);
  if (pointer) {
    const at = pointer.index + pointer[0].length;
    return text.slice(0, at) + name + text.slice(at);
  }
  const bracket = text.indexOf('[');
  const head = bracket < 0 ? text : text.slice(0, bracket);
  return `${head}${head.endsWith('*') ? '' : ' '}${name}${bracket < 0 ? '' : text.slice(bracket)}`.trimEnd();
}

function blockLines(fn: IrFunction, block: Block): string[] {
  const label = block.label === null ? '' : `  ${block.label}`;
  const lines = [`b${block.id}:${label}`];
  for (const instr of block.instrs) lines.push(`    ${instrText(fn, instr)}`);
  for (const line of terminatorLines(block.term)) lines.push(`    ${line}`);
  return lines;
}

function literalText(literal: ConfigLiteral): string {
  return literal.holds ? literal.text : `!(${literal.text})`;
}

function list(exprs: readonly Expr[]): string {
  return exprs.map(exprText).join(', ');
}

/** One instruction on one line, as {@link dumpFunction} prints it. */
export function instrText(fn: IrFunction, instr: Instr): string {
  switch (instr.k) {
    case 'call': {
      const { callee } = instr;
      const simple = callee.k === 'indirect' && /^(?:local|name|field|index|temp)$/.test(callee.expr.k);
      const inner = callee.k === 'direct' ? callee.name : exprText(callee.expr);
      const text = callee.k === 'direct' ? inner : `*${simple ? inner : `(${inner})`}`;
      const dst = instr.dst === null ? '' : `%${instr.dst} = `;
      return `${dst}call ${text}(${list(instr.args)})`;
    }
    case 'assign': {
      const how = `${instr.init ? '  init' : ''}${instr.compound === null ? '' : `  ${instr.compound}=`}`;
      return `${exprText(instr.target)} = ${exprText(instr.value)}${how && `  ;${how.slice(1)}`}`;
    }
    case 'declare':
      return `declare ${fn.variables[instr.variable]!.name}`;
    case 'cleanup':
      return `cleanup ${instr.cleanup}(${fn.variables[instr.variable]!.name})`;
    case 'guard':
      return `${instr.phase} ${instr.kind}(${list(instr.args)})`;
    case 'cursor':
      return `cursor ${instr.macro}(${list(instr.args)}) defines ${list(instr.defines) || 'nothing'}`;
    case 'assume':
      return `assume ${literalText(instr.literal)}`;
    case 'goto':
      return `goto ${instr.label}`;
    case 'asm':
      return `asm -> ${list(instr.outputs) || 'nothing'}`;
    case 'havoc':
      return `havoc '${instr.reason}'${instr.targets.length > 0 ? ` of ${list(instr.targets)}` : ''}`;
  }
}

function terminatorLines(term: Terminator): string[] {
  switch (term.k) {
    case 'jump':
      return [`jump b${term.to}`];
    case 'branch':
      return [`${term.origin} ${exprText(term.cond)} ? b${term.then} : b${term.otherwise}`];
    case 'config':
      return [`config ${literalText(term.literal)} ? b${term.then} : b${term.otherwise}`];
    case 'iterate':
      return [`iterate b${term.body}, done b${term.done}`];
    case 'switch':
      return [
        `switch ${exprText(term.value)}`,
        ...term.cases.map((c) => `  ${list(c.values)} -> b${c.to}`),
        `  otherwise -> b${term.otherwise}`,
      ];
    case 'return':
      return [term.value === null ? 'return' : `return ${exprText(term.value)}`];
    case 'stop':
      return [`stop '${term.reason}'`];
  }
}
