import { dumpFunction } from '../ir/dump.ts';
import type { IrFunction } from '../ir/types.ts';

/** A function as the engine reads it: blocks of small instructions, one a line. */
export function irText(fn: IrFunction): string {
  const text = dumpFunction(fn);
  return text.endsWith('\n') ? text : `${text}\n`;
}
