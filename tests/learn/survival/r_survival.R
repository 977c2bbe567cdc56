# Reference values of tests/learn/survival, made with R 4.2.2, survival 3.5-3 and cmprsk 2.2-11:
#   Rscript r_survival.R > r_survival.json
# Data: lung, rotterdam and gbsg of the survival package; inputs are complete rows.
suppressMessages({library(survival); library(cmprsk)})

numbers <- function(x) paste0("[", paste(formatC(as.numeric(x), digits = 15, format = "g"), collapse = ", "), "]")
out <- c()
say <- function(name, ...) {
  parts <- list(...)
  body <- paste(sprintf('"%s": %s', names(parts), sapply(parts, numbers)), collapse = ", ")
  out <<- c(out, sprintf('  "%s": {%s}', name, body))
}
tight <- coxph.control(eps = 1e-12, iter.max = 50)
fitted <- function(name, f) {
  robust <- if (is.null(f$naive.var)) NULL else sqrt(diag(f$var))
  model <- if (is.null(f$naive.var)) sqrt(diag(f$var)) else sqrt(diag(f$naive.var))
  s <- summary(f)
  parts <- list(coefficients = coef(f), standard_errors = model, log_likelihood = f$loglik,
                score = s$sctest[1], wald = f$wald.test)
  if (!is.null(robust)) parts$robust <- robust
  do.call(say, c(list(name), parts))
}

l <- subset(lung, !is.na(inst))
l$event <- l$status == 2
l$w <- (seq_len(nrow(l)) %% 3 + 1) / 2
l$entry <- ifelse(l$time > 60, (seq_len(nrow(l)) %% 7) * 8, 0)
fitted("lung efron", coxph(Surv(time, event) ~ age + sex, l, control = tight))
fitted("lung breslow", coxph(Surv(time, event) ~ age + sex, l, ties = "breslow", control = tight))
fitted("lung strata", coxph(Surv(time, event) ~ age + sex + strata(inst), l, control = tight))
fitted("lung cluster", coxph(Surv(time, event) ~ age + sex + cluster(inst), l, control = tight))
fitted("lung weights", coxph(Surv(time, event) ~ age + sex + cluster(inst), l, weights = w, control = tight))
fitted("lung weights breslow", coxph(Surv(time, event) ~ age + sex + cluster(inst), l, weights = w,
                                     ties = "breslow", control = tight))
fitted("lung entry", coxph(Surv(entry, time, event) ~ age + sex + cluster(inst), l, control = tight))
fitted("lung entry strata", coxph(Surv(entry, time, event) ~ age + strata(sex), l, control = tight))
fitted("lung offset", coxph(Surv(time, event) ~ sex + offset(0.02 * age), l, control = tight))
f <- coxph(Surv(time, event) ~ age + strata(sex), l, control = tight)
b <- basehaz(f, centered = TRUE)
for (s in 1:2) {
  part <- b[b$strata == levels(b$strata)[s], ]
  say(paste0("lung baseline sex ", s), time = part$time, hazard = part$hazard)
}
f <- coxph(Surv(time, event) ~ age + sex, l, ties = "breslow", control = tight)
s <- summary(survfit(f, newdata = data.frame(age = c(50, 70), sex = c(1, 2))), times = c(100, 365, 700))
say("lung survival breslow", first = s$surv[, 1], second = s$surv[, 2])

r <- rotterdam
r$years <- r$dtime / 365.25
r$big <- as.numeric(r$size == "20-50"); r$huge <- as.numeric(r$size == ">50")
fitted("rotterdam", coxph(Surv(years, death) ~ age + meno + big + huge + grade + nodes + pgr + er + hormon + chemo, r,
                          control = tight))
g <- gbsg
fitted("gbsg", coxph(Surv(rfstime, status) ~ age + meno + size + grade + nodes + pgr + er + hormon, g, control = tight))

# Competing risks: recurrence (1) against death without recurrence (2) in Rotterdam.
r$t <- ifelse(r$recur == 1, r$rtime, r$dtime) / 365.25
r$cause <- ifelse(r$recur == 1, 1, ifelse(r$death == 1, 2, 0))
x <- as.matrix(r[, c("age", "nodes", "grade", "hormon")])
for (cause in 1:2) {
  f <- crr(r$t, r$cause, x, failcode = cause, gtol = 1e-10)
  p <- predict(f, rbind(c(45, 0, 2, 0), c(65, 6, 3, 1)))
  at <- sapply(c(1, 5, 10), function(y) p[max(which(p[, 1] <= y)), 2:3])
  say(paste("crr", cause), coefficients = f$coef, standard_errors = sqrt(diag(f$var)), log_likelihood = f$loglik,
      first = at[1, ], second = at[2, ])
  d <- finegray(Surv(t, factor(cause, 0:2)) ~ ., data = r[, c("t", "cause", "age", "nodes", "grade", "hormon", "pid")],
                etype = cause, id = pid)
  h <- coxph(Surv(fgstart, fgstop, fgstatus) ~ age + nodes + grade + hormon + cluster(pid), d, weights = fgwt,
             ties = "breslow", control = tight)
  say(paste("finegray", cause), coefficients = coef(h), standard_errors = sqrt(diag(h$naive.var)),
      robust = sqrt(diag(h$var)))
}
# Cause-specific Cox and the cumulative incidence that both give together (multi-state coxph).
r$state <- factor(r$cause, 0:2, c("none", "recurrence", "death"))
m <- coxph(Surv(t, state) ~ age + nodes + grade + hormon, r, id = pid, ties = "breslow", control = tight)
s <- summary(survfit(m, newdata = data.frame(age = c(45, 65), nodes = c(0, 6), grade = c(2, 3), hormon = c(0, 1))),
             times = c(1, 5, 10))
say("cause specific", coefficients = coef(m), recurrence = s$pstate[, , 2], death = s$pstate[, , 3])
cat("{\n", paste(out, collapse = ",\n"), "\n}\n", sep = "")
