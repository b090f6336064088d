import type { Connection, WorkDoneProgressServerReporter } from 'vscode-languageserver';
import type { Project } from './project.ts';
import type { Titles } from './titles.ts';

/** Shows in the client how far indexes are, and lets the user end them. */
export class IndexProgress {
  private readonly shown = new Map<Project, WorkDoneProgressServerReporter | null>();

  constructor(
    private readonly connection: Connection,
    private readonly titles: () => Pick<Titles, 'indexing'>,
  ) {}

  /** Brings what is shown of a project up to date. */
  show(project: Project): void {
    const { state } = project;
    if (state.k !== 'indexing') {
      this.end(project);
      return;
    }
    if (!this.shown.has(project)) void this.begin(project);
    this.shown.get(project)?.report(state.percent);
  }

  /** Ends what is shown of a project. */
  end(project: Project): void {
    this.shown.get(project)?.done();
    this.shown.delete(project);
  }

  private async begin(project: Project): Promise<void> {
    this.shown.set(project, null);
    try {
      const reporter = await this.connection.window.createWorkDoneProgress();
      reporter.begin(this.titles().indexing, 0, undefined, true);
      reporter.token.onCancellationRequested(() => project.cancel());
      if (project.state.k !== 'indexing' || !this.shown.has(project)) reporter.done();
      else this.shown.set(project, reporter);
    } catch {
      // A client that does not want to show it.
    }
  }
}
