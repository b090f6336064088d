import type { CancellationToken, Position, TextDocument } from 'vscode';
import { Hover, l10n, MarkdownString } from 'vscode';
import type { BaseLanguageClient, MarkupContent, Hover as ServerHover } from 'vscode-languageclient';
import type { ClientCommand, HoverActions } from '../../server/src/protocol.ts';

type HoverOfServer = ServerHover & { readonly actions?: HoverActions };

/** Where a hover's first part ends: what can be opened stands there. */
const rule = '\n\n---\n\n';

const command: ClientCommand = 'membrane.showTransition';

/**
 * The hover of the server, with a link for what can be opened from it. The link is a text of its own, made here: what the server sends
 * may hold what a source file says, and is not trusted.
 */
export async function provideHover(
  client: BaseLanguageClient,
  document: TextDocument,
  position: Position,
  token: CancellationToken,
): Promise<Hover | null> {
  const params = client.code2ProtocolConverter.asTextDocumentPositionParams(document, position);
  try {
    const found = await client.sendRequest<HoverOfServer | null>('textDocument/hover', params, token);
    return found === null ? null : withLinks(found, client.protocol2CodeConverter.asHover(found));
  } catch (error) {
    if (token.isCancellationRequested) return null;
    throw error;
  }
}

function withLinks(found: HoverOfServer, hover: Hover): Hover {
  const links = (found.actions ?? []).flatMap(({ commands }) =>
    commands.filter((one) => one.command === command).map((one) => linkOf(one.arguments)),
  );
  const { value } = found.contents as MarkupContent;
  if (links.length === 0 || typeof value !== 'string') return hover;
  const at = value.indexOf(rule);
  const parts = at < 0 ? [value] : [value.slice(0, at), value.slice(at + rule.length)];
  const [first, ...rest] = parts.map((part) => new MarkdownString(part));
  return new Hover([first!, ...links, ...rest], hover.range);
}

/** A link to a command of ours; it may run no other. */
function linkOf(wanted: readonly unknown[]): MarkdownString {
  const query = encodeURIComponent(JSON.stringify(wanted)).replace(
    /[()]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16)}`,
  );
  const link = new MarkdownString(`[${l10n.t('Show the transition')}](command:${command}?${query})`);
  link.isTrusted = { enabledCommands: [command] };
  return link;
}
