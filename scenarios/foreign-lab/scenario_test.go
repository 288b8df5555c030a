package foreign_lab_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/labtest"
)

// shop is a containerlab topology with frr.conf files, and no fabric.yaml.
const shop = "../scenarios/foreign-lab/lab"

// A prefix-list of somebody else's lab is widened, and its provider hears of every rack.
func TestALeakInSomebodyElsesLab(t *testing.T) {
	t.Parallel()
	lab := labtest.Start(t, shop)

	lab.Step("at rest all that its closlab.yaml wants holds")
	before := lab.Expect(lab.Invariants()...)

	lab.Step("with the candidate on the spines the isp hears of the racks")
	lab.Apply("candidate")
	now := lab.ExpectBroken(lab.Invariants("nothing-internal")...)
	for _, spine := range []string{"spine1", "spine2"} {
		toward, _ := now.Session(spine, "isp")
		require.Len(t, toward.Sent, 3, "its own /16, and two racks")
	}

	lab.Step("everything else still holds")
	lab.Expect(lab.Invariants("sessions-up", "racks-meet", "way-out", "racks-known", "seen-outside", "even-spines")...)

	lab.Step("rolling back leaves no trace")
	lab.Rollback()
	lab.Expect(check.Same(before))
}

// The gate rejects it from the first spine on, with the line that lets the racks out.
func TestGateRejectsTheLeak(t *testing.T) {
	t.Parallel()
	v := labtest.Gate(t, shop, "candidate")
	why := func(spine string) labtest.Why { // each spine has a file of its own
		return labtest.Why{Effect: gate.Leaked, Routes: 2, Sessions: labtest.Sessions([]string{spine}, "isp"),
			Prefixes: []string{"10.1.1.0/24", "10.1.2.0/24"}, Terms: []string{"10"},
			Says: []string{"no longer keeps these routes from term 10 of TO-ISP"}, Advice: []string{"see what term 10 asks for"}}
	}
	labtest.Rejects(t, v, map[string][]string{"spine1": {"nothing-internal"}, "spine2": {"nothing-internal"}}, why("spine1"), why("spine2"))
}

// Prepending and tagging what the isp may hear of anyway is nobody's loss.
func TestGatePassesWhatHarmsNobody(t *testing.T) {
	t.Parallel()
	v := labtest.Gate(t, shop, "prepended")
	labtest.Passes(t, v)
	require.Equal(t, []string{"spine1", "spine2"}, v.Order)
}
