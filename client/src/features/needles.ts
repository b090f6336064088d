/** Put in by the build, from the server's vocabulary: the names that make a text worth a look. */
declare const MEMBRANE_NEEDLES: readonly string[];

let pattern: RegExp | undefined;

/** Whether `text` names a transition of memory. The client knows no C: it compares letters. */
export function names(text: string): boolean {
  pattern ??= new RegExp(MEMBRANE_NEEDLES.join('|'));
  return pattern.test(text);
}
