import { quoteText } from '../../explain/claim-words.ts';
import { platformOf, propertyWords, stepSentence } from '../../explain/model-words.ts';
import type { Claim } from '../../model/claims/types.ts';
import { explore, type Outcome } from '../../model/core/explore.ts';
import { type Question, toPromela } from '../../model/core/promela.ts';
import { build, type Data } from '../../model/scenario.ts';

/** One line of index.json: a program, and what the explorer says of it. */
export interface ExportedProgram {
  readonly file: string;
  readonly claim: string;
  /** From 1. */
  readonly run: number;
  readonly name: string;
  readonly property: string;
  /** A guest that is terminated is two questions: the property must not break, and survival must. */
  readonly question: Question;
  /** The explorer's own verdict, not what the claim expects. */
  readonly expect: Outcome;
  /** Those that the explorer saw until it ended: all of them, unless the property breaks. */
  readonly states: number;
  readonly transitions: number;
}

/** A file to write. */
export interface ExportedFile {
  readonly name: string;
  readonly text: string;
}

/** The Promela of one run. `run` counts from 0. */
export function promelaOf(claim: Claim, run: number, data: Data, question: Question): string {
  const { name, role, scenario } = claim.runs[run]!;
  const asks = question === 'survival' ? 'survival: the guest is not terminated' : askedOf(scenario.property);
  return toPromela(build(scenario, data), {
    title: [
      `${claim.id}: ${claim.says}`,
      quoteText(claim.seed, claim.quote),
      `run ${run + 1} (${role}): ${name}`,
      asks,
    ],
    question,
    comment: (label) => stepSentence(label, platformOf(scenario)),
  });
}

const askedOf = (property: keyof typeof propertyWords): string =>
  `${property}: ${propertyWords[property].holds}`;

/** Every run of the claims as Promela, and index.json. */
export function exportedFiles(claims: readonly Claim[], data: Data): readonly ExportedFile[] {
  const files: ExportedFile[] = [];
  const index: ExportedProgram[] = [];
  for (const claim of claims)
    claim.runs.forEach(({ name, scenario }, i) => {
      const { verdict, states, transitions } = explore(build(scenario, data));
      const questions: readonly Question[] =
        verdict === 'terminated' ? ['property', 'survival'] : ['property'];
      for (const question of questions) {
        const number = `${i + 1}`.padStart(2, '0');
        const file = `${claim.id}-${number}${question === 'survival' ? '-survival' : ''}.pml`;
        files.push({ name: file, text: promelaOf(claim, i, data, question) });
        index.push({
          file,
          claim: claim.id,
          run: i + 1,
          name,
          property: scenario.property,
          question,
          expect: verdict,
          states,
          transitions,
        });
      }
    });
  return [...files, { name: 'index.json', text: `${JSON.stringify(index, null, 2)}\n` }];
}
