import { api } from "../api/client";
import { useResource } from "../api/use-resource";
import { Link } from "../app/Link";
import { Failed, Message, Skeleton } from "../look/Message";
import { t } from "../words";
import "./models.css";

export default function ModelsPage() {
  const models = useResource("models", api.models);
  return (
    <div className="page page-narrow">
      <div>
        <h1>{t("models.title")}</h1>
        <p className="quiet">{t("models.lead")}</p>
      </div>
      {models.status === "loading" && <Skeleton rows={3} height={112} />}
      {models.status === "failed" && <Failed error={models.error} onRetry={models.reload} />}
      {models.status === "ready" && models.data.length === 0 && <Message title={t("models.none")} />}
      {models.data && (
        <ul className="model-list">
          {models.data.map((model) => (
            <li key={model.name} className="panel model">
              <h2>
                <Link href={`/models/${encodeURIComponent(model.name)}`}>{model.title}</Link>
              </h2>
              <p className="small">
                <span className="mono">{model.name}</span> · {t("models.version", { version: model.version })}{" "}
                ·{" "}
                <span className="mono quiet" title={model.digest}>
                  {model.digest.slice(0, 16)}
                </span>
              </p>
              <p className="quiet">{model.intended_use}</p>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
