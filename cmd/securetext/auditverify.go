package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"securetext/store/audit"
	"securetext/store/merkle"
)

type auditVerifyCmd struct {
	Export     string   `help:"Verify this file, which audit export wrote, and not the store: needs --checkpoint and --key." placeholder:"FILE"`
	Checkpoint []string `help:"A file of one checkpoint or more that was kept elsewhere. The log must be what they say, or more. AUDIT_FILE is read too." placeholder:"FILE"`
	Key        []string `help:"The public key, or a file that holds it; former ones too, once each. Without --export those of lost keys alone." placeholder:"KEY" sep:"none"`
}

// Run verifies, and prints what was found to be right. What is wrong is its error.
func (c *auditVerifyCmd) Run(ctx context.Context, p *program) error {
	if c.Export != "" {
		return c.offline(p)
	}
	return p.useLog(ctx, func(a auditing) error {
		paths := c.Checkpoint
		if a.cfg.AuditFile != "" {
			if _, err := os.Stat(a.cfg.AuditFile); err == nil {
				paths = append(paths, a.cfg.AuditFile)
			}
		}
		var lost []merkle.PublicKey
		for _, k := range c.Key {
			key, err := publicKey(k)
			if err != nil {
				return err
			}
			lost = append(lost, key)
		}
		given, err := checkpointsIn(paths, append(audit.Public(a.keys), lost...)...)
		if err != nil {
			return err
		}
		report, err := audit.Verifier{Store: a.store, Keys: a.keys, Lost: lost, Given: bySize(given)}.Verify(ctx)
		return c.tell(p, report, err)
	})
}

func (c *auditVerifyCmd) offline(p *program) error {
	keys, err := publicKeys(c.Key)
	if err != nil {
		return err
	}
	given, err := checkpointsIn(c.Checkpoint, keys...)
	if err != nil {
		return err
	}
	f, err := os.Open(c.Export)
	if err != nil {
		return err
	}
	defer f.Close()
	report, err := audit.VerifyExport(f, bySize(given), keys...)
	return c.tell(p, report, err)
}

func (c *auditVerifyCmd) tell(p *program, report audit.Report, err error) error {
	if fault, found := errors.AsType[*audit.Fault](err); found {
		return fmt.Errorf("the log was tampered with: %w", fault)
	}
	if err != nil {
		return err
	}
	if report.Removed > 0 {
		fmt.Fprintf(p.err, "securetext: %d events before %s were removed by retention, their hashes stand\n", report.Removed, report.Before.UTC().Format(time.RFC3339))
	}
	return p.print(report)
}

func bySize(given []merkle.Checkpoint) []merkle.Checkpoint {
	slices.SortStableFunc(given, func(a, b merkle.Checkpoint) int { return cmp.Compare(a.Size, b.Size) })
	return given
}

type auditCheckCmd struct {
	Document string   `arg:"" help:"The file that holds the proof." placeholder:"FILE"`
	Key      []string `help:"The public key, or a file that holds it." placeholder:"KEY" sep:"none"`
}

type checkedLine struct {
	Kind   string    `json:"kind"`
	Origin string    `json:"origin"`
	Events int       `json:"events"`
	Size   int64     `json:"size"`
	At     time.Time `json:"at"`
}

// Run checks the document, and prints what it proves.
func (c *auditCheckCmd) Run(p *program) error {
	keys, err := publicKeys(c.Key)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(c.Document)
	if err != nil {
		return err
	}
	var d audit.Document
	if err := json.Unmarshal(text, &d); err != nil {
		return fmt.Errorf("%s holds no proof: %w", c.Document, err)
	}
	at, err := audit.Check(d, keys...)
	if err != nil {
		return fmt.Errorf("the proof does not hold: %w", err)
	}
	return p.print(checkedLine{d.Kind, at.Origin, len(d.Events), at.Size, at.At})
}

type auditCompareCmd struct {
	Old string `arg:"" help:"The file of the older checkpoint; of several in it the last counts."`
	New string `arg:"" help:"The file of the newer one."`
}

// Run proves that the log only grew, and prints the proof.
func (c *auditCompareCmd) Run(ctx context.Context, p *program) error {
	return p.useLog(ctx, func(a auditing) error {
		var signed [2]string
		for i, path := range []string{c.Old, c.New} {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			var ok bool
			if signed[i], _, ok = audit.LastCheckpoint(string(text), audit.Public(a.keys)...); !ok {
				return fmt.Errorf("%s does not end with a checkpoint of this log", path)
			}
		}
		d, err := a.prover().Growth(ctx, signed[0], signed[1])
		if err != nil {
			return fmt.Errorf("the newer checkpoint is not the older one with more behind it: %w", err)
		}
		return p.print(d)
	})
}
