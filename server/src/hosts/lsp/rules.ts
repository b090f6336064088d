import type { Connection } from 'vscode-languageserver';
import type { Pages } from '../../features/engine.ts';
import type { RulePageMethod, RulePageParams, RulesMethod } from '../../protocol.ts';

const rulesMethod: RulesMethod = 'membrane/rules';
const rulePageMethod: RulePageMethod = 'membrane/rulePage';

/** Answers `membrane/rules` and `membrane/rulePage`. */
export function answerRules(connection: Connection, pages: Pages): void {
  connection.onRequest(rulesMethod, () => pages.rules.map(({ id, title }) => ({ id, title })));
  connection.onRequest(rulePageMethod, (params: RulePageParams) => pages.page(String(params?.id)));
}
