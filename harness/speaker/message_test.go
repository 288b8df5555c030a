package speaker

import (
	"encoding/json"
	"testing"

	"github.com/osrg/gobgp/v4/api"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// fill sets every field of a message to something, as deep as it goes.
func fill(t *testing.T, m protoreflect.Message) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		require.Nil(t, f.ContainingOneof(), "%s: encoding/json cannot read a choice back", f.FullName())
		value := m.NewField(f)
		switch {
		case f.IsList() && f.Message() != nil:
			fill(t, value.List().AppendMutable().Message())
		case f.IsList():
			value.List().Append(some(f))
		case f.Message() != nil:
			fill(t, value.Message())
		default:
			value = some(f)
		}
		m.Set(f, value)
	}
}

// some returns a value of a scalar field that is not its default.
func some(f protoreflect.FieldDescriptor) protoreflect.Value {
	switch f.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString("x")
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(1)
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(1)
	}
	return protoreflect.ValueOfUint32(1)
}

// Policies go to the child as encoding/json writes the messages, which spares it the library's descriptors.
func TestPoliciesArriveAsTheyWereSent(t *testing.T) {
	t.Parallel()
	for _, sent := range []proto.Message{&api.SetPoliciesRequest{}, &api.SetPolicyAssignmentRequest{}} {
		fill(t, sent.ProtoReflect())
		text, err := json.Marshal(sent)
		require.NoError(t, err)
		got := sent.ProtoReflect().New().Interface()
		require.NoError(t, json.Unmarshal(text, got))
		require.True(t, proto.Equal(sent, got), "%s", text)
	}
}
