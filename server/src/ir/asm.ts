import type { Builder } from './builder.ts';
import { lowerValue, unknown } from './expressions.ts';
import { Kind } from './kinds.ts';
import type { Expr } from './types.ts';

/** `asm(...)`: what it writes; `asm goto` may also leave for any of its labels. */
export function lowerAsm(b: Builder, node: number): void {
  const { code } = b;
  const span = code.span(node);
  const outputs: Expr[] = [];
  const labels: number[] = [];
  for (const part of code.children(node)) {
    const kind = code.kind(part);
    if (kind === Kind.gotoList) labels.push(...code.children(part));
    if (kind !== Kind.outputList) continue;
    for (const operand of code.children(part)) {
      if (code.kind(operand) !== Kind.outputOperand) continue;
      const value = code.child(operand, code.f.value);
      if (value >= 0) outputs.push(lowerValue(b, value));
    }
  }
  if (outputs.length === 0) outputs.push(...writtenOutputs(b, code.written(node), span));
  b.emit({ k: 'asm', outputs, span });
  const names = labels.length > 0 ? labels.map((l) => code.parsed(l)) : writtenLabels(code.written(node));
  for (const name of names) {
    const out = b.block();
    const stay = b.block();
    b.here();
    b.end({ k: 'branch', cond: unknown('asm goto', span), then: out, otherwise: stay, span, origin: 'if' });
    b.enter(out);
    b.goto(name, span);
    b.enter(stay);
  }
}

/** Normalisation blanks operands that it cannot parse; the author's text still names the outputs. */
function writtenOutputs(b: Builder, text: string, span: { start: number; end: number }): Expr[] {
  const out: Expr[] = [];
  for (const m of text.matchAll(/"\s*[=+][^"]*"\s*\(\s*(\w+)\s*\)/g)) {
    const index = b.lookup(m[1]!);
    if (index !== undefined) out.push({ k: 'local', index, name: m[1]!, span });
  }
  return out;
}

/** The labels of an `asm goto` whose operands were blanked: what follows its last colon. */
function writtenLabels(text: string): string[] {
  if (!/^\w+\s+(?:(?:volatile|__volatile__|inline)\s+)*goto\b/.test(text)) return [];
  const m = /:\s*(\w+(?:\s*,\s*\w+)*)\s*\)\s*$/.exec(text);
  return m ? m[1]!.split(',').map((name) => name.trim()) : [];
}
