import { ascii } from './words.ts';

/** A preprocessor condition and whether it holds; the shape of the syntax layer's literals. */
export interface Condition {
  readonly text: string;
  readonly holds: boolean;
}

/** `CONFIG_X=y`, `CONFIG_X=n`; other conditions as `#ifdef X`, `#ifndef X`, `#if A && B`, `#if !(A && B)`. */
export function configurationText(condition: Condition): string {
  const text = ascii(condition.text);
  if (/^CONFIG_\w+$/.test(text)) return `${text}=${condition.holds ? 'y' : 'n'}`;
  const name = /^defined\((\w+)\)$/.exec(text)?.[1];
  if (name !== undefined) return `${condition.holds ? '#ifdef' : '#ifndef'} ${name}`;
  if (condition.holds) return `#if ${text}`;
  return /^\w+$/.test(text) ? `#if !${text}` : `#if !(${text})`;
}
