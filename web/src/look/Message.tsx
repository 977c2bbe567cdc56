import type { ApiError } from "../api/client";
import { t } from "../words";

/** What is shown in place of something that is empty or could not be loaded. */
export function Message({
  title,
  body,
  onRetry,
  page = false,
}: {
  title: string;
  /** Whether it stands for the whole page, and so is its first heading. */
  page?: boolean;
  body?: string | undefined;
  onRetry?: (() => void) | undefined;
}) {
  return (
    <div className="message">
      {page ? <h1>{title}</h1> : <h2>{title}</h2>}
      {body && <p className="quiet">{body}</p>}
      {onRetry && (
        <button type="button" className="button" onClick={onRetry}>
          {t("app.retry")}
        </button>
      )}
    </div>
  );
}

export function Failed({ error, onRetry, title }: { error: ApiError; onRetry?: () => void; title?: string }) {
  const body = [error.what, error.mend].filter(Boolean).join(" ");
  return (
    <div role="alert">
      <Message title={title ?? t("failed.title")} body={body} onRetry={onRetry} />
    </div>
  );
}

/** Grey shapes of what is coming, of the size that it will have. */
export function Skeleton({ rows, height }: { rows: number; height: number }) {
  return (
    <div role="status" aria-label={t("loading.label")} className="skeletons">
      {Array.from({ length: rows }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the shapes are all alike.
        <div key={i} className="skeleton" style={{ height, marginBottom: 8 }} />
      ))}
    </div>
  );
}
