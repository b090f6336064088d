/** A page of a rule, bundled as text. */
declare module '*.md' {
  const text: string;
  export default text;
}
