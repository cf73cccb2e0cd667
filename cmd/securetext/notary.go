package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"securetext/configs"
	"securetext/gateway/notice"
	"securetext/gateway/outbound"
	"securetext/store/audit"
	"securetext/store/merkle"
	"securetext/store/notary"
)

// auditKeys are the key that signs checkpoints, then former ones.
func (h *house) auditKeys() ([]*merkle.Key, error) {
	secrets, err := h.cfg.AuditKeys()
	if err != nil {
		return nil, err
	}
	var keys []*merkle.Key
	for _, s := range secrets {
		keys = append(keys, merkle.NewKey([configs.KeyLen]byte(s)))
	}
	return keys, nil
}

// logOrigin is the name of the log in its checkpoints: the host of the public URL.
func logOrigin(cfg *configs.Config) string {
	u, err := url.Parse(cfg.PublicURL)
	if err != nil {
		return cfg.PublicURL
	}
	return u.Host
}

// buildNotary makes what proves the log: it goes with the courier.
func (s *service) buildNotary() (err error) {
	if s.courier == nil {
		return nil
	}
	c, err := s.house.notaryConfig(s.metrics, s.now)
	if err != nil {
		return err
	}
	c.Log = s.log
	if c.Targets, err = s.checkpointTargets(c.Keys[0]); err != nil {
		return err
	}
	s.notary, err = notary.New(c)
	return err
}

// notaryConfig is what a notary works with on this house, without its targets.
func (h *house) notaryConfig(metrics prometheus.Registerer, now func() time.Time) (notary.Config, error) {
	c := notary.Config{Store: h.store, Origin: logOrigin(h.cfg), Metrics: metrics, Now: now}
	var err error
	if c.Keys, err = h.auditKeys(); err != nil {
		return c, err
	}
	if h.cfg.AuditFile != "" {
		if c.Seen, err = notary.LastInFile(h.cfg.AuditFile, audit.Public(c.Keys)...); err != nil {
			return c, fmt.Errorf("AUDIT_FILE: %w", err)
		}
	}
	return c, nil
}

// checkpointTargets are where the settings send checkpoints.
func (s *service) checkpointTargets(key *merkle.Key) ([]notary.Target, error) {
	var targets []notary.Target
	if s.cfg.AuditFile != "" {
		host, err := os.Hostname()
		if err != nil {
			return nil, fmt.Errorf("AUDIT_FILE: %w", err)
		}
		targets = append(targets, notary.ToFile(host, s.cfg.AuditFile))
	}
	if s.cfg.AuditWebhook != "" {
		targets = append(targets, notary.ToWebhook(notary.Webhook{
			URL: s.cfg.AuditWebhook, Secret: outbound.NewSecret(key.HookSecret()),
			Private: s.cfg.Mode == configs.Embedded, Now: s.now,
		}))
	}
	if s.cfg.AuditMail != "" {
		by, err := s.smarthost()
		if err != nil {
			return nil, err
		}
		targets = append(targets, notary.ToMail(notary.Mail{
			To: s.cfg.AuditMail, From: s.cfg.MailFrom, Hostname: s.cfg.SMTPHostname, Every: s.cfg.AuditMailEvery, Now: s.now, Send: by.Send,
		}))
	}
	if s.cfg.AuditBucket != "" {
		targets = append(targets, notary.ToBucket(notary.Bucket{
			URL: s.cfg.AuditBucket, Region: s.cfg.AuditBucketRegion,
			KeyID: s.cfg.AuditBucketKeyID, Secret: string(s.cfg.AuditBucketSecret), Now: s.now,
		}))
	}
	return targets, nil
}

// smarthost is where mails are handed in.
func (s *service) smarthost() (*notice.Smarthost, error) {
	by, err := notice.NewSmarthost(notice.SmarthostConfig{
		Addr: s.cfg.MailServer, Hostname: s.cfg.SMTPHostname,
		User: s.cfg.MailUser, Password: string(s.cfg.MailPassword), NoTLS: s.cfg.MailTLS == "off",
	})
	if err != nil {
		return nil, fmt.Errorf("MAIL_SERVER: %w", err)
	}
	return by, nil
}

// seal gives all events their places and signs a checkpoint at once. Former are the
// public keys of keys that were lost.
func (h *house) seal(ctx context.Context, p *program, former ...merkle.PublicKey) error {
	c, err := h.notaryConfig(nil, p.now)
	if err != nil {
		return err
	}
	c.Former = former
	n, err := notary.New(c)
	if err != nil {
		return err
	}
	return n.Seal(ctx)
}
