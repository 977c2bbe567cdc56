import type { ModelVersion } from "../api/diagnosis-types";
import { Link } from "../app/Link";
import { t } from "../words";

/** How a model did here in a line, and the validation that the line is about one click away. */
export function Here({ here }: { here: ModelVersion["here"] }) {
  if (here.validation === null) return here.words;
  return (
    <>
      {here.words} ·{" "}
      <Link href={`/cohorts/${encodeURIComponent(here.validation)}`}>{t("answers.here_open")}</Link>
    </>
  );
}

/** Versions that did the same stand together: mostly, none was ever judged. */
export function hereOfVersions(versions: ModelVersion[]): { names: string[]; here: ModelVersion["here"] }[] {
  const found = new Map<string, { names: string[]; here: ModelVersion["here"] }>();
  for (const { version, here } of versions) {
    const known = found.get(here.words);
    if (known) known.names.push(version);
    else found.set(here.words, { names: [version], here });
  }
  return [...found.values()];
}
