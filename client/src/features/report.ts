import type { ExtensionContext } from 'vscode';
import { commands, type Disposable, env, UIKind, version, window, workspace } from 'vscode';
import type { Session } from '../session.ts';
import { currentDocument } from './current.ts';

/** Settings whose values are folders of this machine. */
const unsaid = ['cache.directory', 'index.exclude'];

/**
 * Report Problem: a text to send, or not. Nothing is sent, and there is no source, no file's name and no path in it; whoever
 * sends it adds the function that it is about.
 */
export function activateReport(session: Session, context: ExtensionContext): Disposable {
  return commands.registerCommand('membrane.reportProblem', async () => {
    const content = problemText(session, context);
    const document = await workspace.openTextDocument({ language: 'markdown', content });
    await window.showTextDocument(document);
  });
}

function problemText(session: Session, { extension }: ExtensionContext): string {
  const document = currentDocument();
  const status = document && session.status(document.uri);
  const told = status && {
    skipped: status.skipped,
    functions: status.functions,
    transitions: status.transitions,
    findings: status.findings,
    hidden: status.hidden,
    held: status.held.length,
    notAnalysed: status.notAnalysed.map(({ kind, reason }) => `${kind}: ${reason}`),
    config: status.config && { ...status.config, redefined: status.config.redefined.length },
    index: status.index,
    milliseconds: status.milliseconds,
  };
  const host = env.uiKind === UIKind.Web ? 'web' : 'desktop';
  return `<!-- Nothing of this was sent. Read it, delete what you do not want to tell, and send it yourself. -->

## What happened

<!-- What Membrane said or did, and what it should have. -->

## The code

<!-- The smallest function that shows it. -->

\`\`\`c
\`\`\`

## About this editor

- Membrane ${extension.packageJSON.version}
- ${env.appName} ${version}, ${host}${env.remoteName === undefined ? '' : `, remote: ${env.remoteName}`}
- server ${session.running ? 'running' : 'not started'}

Settings that are not the default:

\`\`\`json
${JSON.stringify(changedSettings(extension.packageJSON), null, 2)}
\`\`\`

The file in front:

\`\`\`json
${JSON.stringify(told ?? null, null, 2)}
\`\`\`
`;
}

function changedSettings(manifest: {
  contributes: { configuration: { properties: Record<string, { default: unknown }> } };
}): Record<string, unknown> {
  const configuration = workspace.getConfiguration();
  const changed = Object.entries(manifest.contributes.configuration.properties).flatMap(
    ([name, { default: usual }]) => {
      const value = configuration.get<unknown>(name);
      if (JSON.stringify(value) === JSON.stringify(usual)) return [];
      return [[name, unsaid.some((one) => name.endsWith(one)) ? '(set)' : value] as const];
    },
  );
  return Object.fromEntries(changed);
}
